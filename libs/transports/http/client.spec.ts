import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { TaskUpdateEvent } from '#contract';
import { MeshError } from '#errors';
import { HTTPTransportAdapter } from './client.js';
import { followUpdates } from './client-stream.js';
import { COMMENT, END, PROBLEM_TYPE, encodeProblem, encodeUpdate, problemOf } from './wire.js';

type Turn = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const ID = '01890000-0000-7000-8000-000000000000';
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** A server that plays one turn a request, the last one again and again, and remembers what it was asked. */
async function scripted(...turns: readonly Turn[]) {
  const asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const turn = turns[Math.min(asked.length, turns.length - 1)];
      asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      turn?.(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const adapter = new HTTPTransportAdapter({ baseUrl, token: 'secret' });
  closers.push(() => void adapter.close());
  return { adapter, asked, baseUrl, server };
}

const update = (version: number, status: TaskUpdateEvent['status'] = 'running'): TaskUpdateEvent => ({
  taskId: ID,
  status,
  timestamp: '2026-01-01T00:00:00.000Z',
  version,
  type: status === 'completed' ? 'TaskCompleted' : 'OutputAppended',
});

const events = (...updates: readonly TaskUpdateEvent[]) => updates.map(encodeUpdate).join('');
const json =
  (status: number, body: unknown, headers = {}): Turn =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
const refuse = (error: MeshError, status: number): Turn =>
  json(status, problemOf(error, status), { 'content-type': PROBLEM_TYPE });
const hangUp: Turn = (request) => void request.socket.destroy();
const stream =
  (text: string, then: (response: ServerResponse) => void): Turn =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text, () => then(response));
  };
const cut = (response: ServerResponse) => void response.destroy();
const end = (response: ServerResponse) => void response.end();
const stay = () => undefined;

async function versions(updates: AsyncIterable<TaskUpdateEvent>): Promise<number[]> {
  const seen: number[] = [];
  for await (const { version } of updates) seen.push(version);
  return seen;
}

describe('a stream over HTTP', () => {
  it('goes on after the last version it saw when the connection is cut, and drops what it has', async () => {
    const { adapter, asked } = await scripted(
      stream(events(update(1), update(2)) + 'id: 3\ndata: {"half', cut),
      hangUp,
      stream(events(update(2), update(3)), end),
      stream(events(update(4), update(5, 'completed')), stay),
    );
    expect(await versions(adapter.streamTaskUpdates(ID))).toEqual([1, 2, 3, 4, 5]);
    expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2', '3']);
    expect(
      asked.every(({ headers, url }) => headers.authorization === 'Bearer secret' && !url.includes('secret')),
    ).toBe(true);
  });

  it('connects again when nothing is heard, and is not fooled by an open connection', async () => {
    const { baseUrl, asked } = await scripted(
      stream(events(update(1)), stay),
      stream(events(update(2, 'completed')), stay),
    );
    const connect = (after: number, signal: AbortSignal) => fetch(`${baseUrl}/?after=${after}`, { signal });
    expect(await versions(followUpdates(connect, {}, 50))).toEqual([1, 2]);
    expect(asked.map(({ url }) => url)).toEqual(['/?after=0', '/?after=1']);
  });

  it('takes a gap for a cut', async () => {
    const { adapter, asked } = await scripted(
      stream(events(update(1), update(3)), stay),
      stream(events(update(2), update(3, 'completed')), stay),
    );
    expect(await versions(adapter.streamTaskUpdates(ID))).toEqual([1, 2, 3]);
    expect(asked[1]?.headers['last-event-id']).toBe('1');
  });

  it('ends where the server says it is complete, though no final status came: it was before the start', async () => {
    const { adapter, asked } = await scripted(stream(COMMENT + END, stay));
    expect(await versions(adapter.streamTaskUpdates(ID, { after: 9 }))).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it('throws what it is refused with, before it begins and in the middle', async () => {
    const gone = new MeshError('not_found', 'there is no such task');
    const { adapter } = await scripted(
      refuse(gone, 404),
      stream(events(update(1)) + encodeProblem(problemOf(gone, 404)), stay),
    );
    await expect(versions(adapter.streamTaskUpdates(ID))).rejects.toMatchObject({
      code: 'not_found',
      message: gone.message,
    });
    await expect(versions(adapter.streamTaskUpdates(ID))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('waits for a server that is away for a moment, and gives up one that never was there', async () => {
    const { adapter } = await scripted(
      refuse(new MeshError('unavailable', 'starting'), 503),
      stream(events(update(1, 'completed')), stay),
    );
    expect(await versions(adapter.streamTaskUpdates(ID))).toEqual([1]);
    const nowhere = await scripted(hangUp);
    await expect(versions(nowhere.adapter.streamTaskUpdates(ID))).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(nowhere.asked).toHaveLength(4);
  });

  it('ends without an error when aborted, also while it waits, and hangs up', async () => {
    let gone: () => void = stay;
    const hungUp = new Promise<void>((resolve) => (gone = resolve));
    const { adapter } = await scripted((request, response, body) => {
      response.on('close', gone);
      stream(events(update(1)), stay)(request, response, body);
    });
    const abort = new AbortController();
    const updates = adapter.streamTaskUpdates(ID, { signal: abort.signal });
    expect((await updates.next()).value).toMatchObject({ version: 1 });
    const waiting = updates.next();
    abort.abort();
    expect(await waiting).toMatchObject({ done: true });
    await hungUp;
  });

  it('hangs up when the reader leaves its loop, even with a read under way', async () => {
    let gone: () => void = stay;
    const hungUp = new Promise<void>((resolve) => (gone = resolve));
    const { adapter } = await scripted((request, response, body) => {
      response.on('close', gone);
      stream(events(update(1)), stay)(request, response, body);
    });
    const updates = adapter.streamTaskUpdates(ID);
    await updates.next();
    const waiting = updates.next();
    expect(await updates.return?.()).toMatchObject({ done: true });
    expect(await waiting).toMatchObject({ done: true });
    await hungUp;
  });
});

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
