import { describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import { HTTPTransportAdapter } from './client.js';
import { ID, hangUp, json, refuse, scripted, stay } from './scripted-server.contract.js';

describe('a request over HTTP', () => {
  const asked = { description: 'd', input: 'i' };

  it('repeats a submit with one key until it is answered', async () => {
    const server = await scripted(
      hangUp,
      refuse(new MeshError('unavailable', 'busy'), 503),
      json(201, { id: ID }),
    );
    expect(await server.adapter.submitTask(asked)).toEqual({ id: ID });
    const keys = server.asked.map(
      ({ body }) => (JSON.parse(body) as { idempotencyKey: string }).idempotencyKey,
    );
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys).size).toBe(1);
    await server.adapter.submitTask({ ...asked, idempotencyKey: 'mine' });
    await server.adapter.submitTask(asked);
    const [, , , mine, fresh] = server.asked.map(({ body }) => body);
    expect(mine).toContain('"idempotencyKey":"mine"');
    expect(fresh).not.toContain(keys[0]);
  });

  it('gives a submit up after five tries, and repeats no refusal', async () => {
    const away = await scripted(hangUp);
    await expect(away.adapter.submitTask(asked)).rejects.toMatchObject({ code: 'unavailable' });
    expect(away.asked).toHaveLength(5);
    const strict = await scripted(refuse(new MeshError('invalid_request', 'no', { field: 'input' }), 400));
    await expect(strict.adapter.submitTask(asked)).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'input' },
    });
    expect(strict.asked).toHaveLength(1);
  });

  it('tells what is not there from what failed', async () => {
    const missing = new MeshError('not_found', 'no');
    const final = new MeshError('illegal_transition', 'it has ended');
    const { adapter } = await scripted(
      refuse(missing, 404),
      refuse(missing, 404),
      refuse(final, 409),
      refuse(missing, 404),
      json(500, 'x'),
    );
    expect(await adapter.getTaskState(ID)).toBeNull();
    expect(await adapter.cancelTask(ID)).toBe(false);
    expect(await adapter.cancelTask(ID)).toBe(false);
    await expect(adapter.getTaskEvents(ID)).rejects.toMatchObject({ code: 'not_found' });
    await expect(adapter.getTaskState(ID)).rejects.toMatchObject({ code: 'internal' });
  });

  it('is unavailable where nobody listens or the answer is cut, and too late after its time', async () => {
    const { adapter, server, baseUrl } = await scripted((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"half', () => response.destroy());
    });
    await expect(adapter.getStatus()).rejects.toMatchObject({ code: 'unavailable' });
    const silent = await scripted(stay);
    const hasty = new HTTPTransportAdapter({ baseUrl: silent.baseUrl, timeoutMs: 50 });
    await expect(hasty.getStatus()).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await new Promise((resolve) => server.close(resolve));
    await expect(new HTTPTransportAdapter({ baseUrl }).getStatus()).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('refuses an address that is none', () => {
    expect(() => new HTTPTransportAdapter({ baseUrl: 'localhost:7411' })).toThrow(MeshError);
  });
});
