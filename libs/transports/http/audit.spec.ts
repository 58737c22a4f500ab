import { getEventListeners, once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ExportAudit } from '#audit';
import { MeshError } from '#errors';
import { GetAudit, GetOwnAudit } from '#read-models';
import { inChunks } from './chunks.js';
import { opened } from './http-server.contract.js';
import type { Server } from './http-server.contract.js';

async function* lines(...all: readonly string[]) {
  for (const line of all) yield `${line}\n`;
}

/** Lines without end, of a kibibyte each; counts them, and tells when nobody wants more. */
function endless() {
  let told = 0;
  const over = new AbortController();
  async function* source(signal: AbortSignal | undefined) {
    try {
      for (;;) {
        signal?.throwIfAborted();
        told += 1;
        yield `${'x'.repeat(1023)}\n`;
        if (told % 64 === 0) await new Promise(setImmediate);
      }
    } finally {
      over.abort();
    }
  }
  return { lines: source, told: () => told, stopped: once(over.signal, 'abort') };
}

describe('the audit over HTTP', () => {
  let server: Server;
  beforeAll(async () => (server = await opened()));
  afterAll(() => server.close());
  afterEach(() => {
    server.gate.refusal = undefined;
    server.gate.auditLines = () => lines();
  });

  /** Asks for an export, and answers as soon as there is a head. */
  const asking = () =>
    new Promise<IncomingMessage>((resolve, reject) =>
      request(`${server.url}/v1/audit/export`, { headers: { authorization: 'Bearer token-of-ann' } }, resolve)
        .on('error', reject)
        .end(),
    );

  it.each([
    ['?sessionId=default&action=task.submit', GetOwnAudit, { action: 'task.submit' }],
    ['?sessionId=another', GetAudit, { sessionId: 'another' }],
    ['?result=denied', GetAudit, { result: 'denied' }],
    ['', GetAudit, {}],
  ])('asked for %s needs what it takes and no more', async (search, kind, query) => {
    expect((await server.call('GET', `/v1/audit${search}`)).status).toBe(200);
    const { request: asked } = server.gate.asked.at(-1) ?? { request: {} };
    expect(asked).toBeInstanceOf(kind);
    expect(JSON.parse(JSON.stringify(asked))).toMatchObject({ query });
  });

  it.each([
    ['', 'application/jsonl', 'coderclaw-audit.jsonl'],
    ['?format=jsonl', 'application/jsonl', 'coderclaw-audit.jsonl'],
    ['?format=ocsf', 'application/jsonl', 'coderclaw-audit.ocsf.jsonl'],
    ['?format=cloudevents', 'application/jsonl', 'coderclaw-audit.cloudevents.jsonl'],
    ['?format=cef', 'text/plain; charset=utf-8', 'coderclaw-audit.cef'],
  ])('exports for %s as a file of its type', async (search, type, file) => {
    server.gate.auditLines = () => lines('{"a":1}', '{"b":"é"}');
    const { status, headers, text } = await server.call('GET', `/v1/audit/export${search}`);
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      type,
      `attachment; filename="${file}"`,
    ]);
    expect(text).toBe('{"a":1}\n{"b":"é"}\n');
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
      'no-store',
      'nosniff',
    ]);
  });

  it('hands the filters on', async () => {
    const search = 'userId=u&sessionId=s&deviceId=d&action=a&resourceType=t&resourceId=r&result=denied';
    const times = 'from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z';
    await server.call('GET', `/v1/audit/export?${search}&${times}&format=cef`);
    const asked = server.gate.asked.at(-1)?.request;
    expect(asked).toBeInstanceOf(ExportAudit);
    expect((asked as ExportAudit).asked).toEqual(
      Object.fromEntries(new URLSearchParams(`${search}&${times}&format=cef`)),
    );
  });

  it.each([
    ['format=xml', 'format'],
    ['from=yesterday', 'from'],
    ['limit=1', 'limit'],
    ['result=maybe', 'result'],
  ])('refuses %s, naming the field', async (search, field) => {
    const { status, json } = await server.call('GET', `/v1/audit/export?${search}`);
    expect([status, json()['code'], json()['field']]).toEqual([400, 'invalid_request', field]);
  });

  it('answers a refusal as a problem, and leaves no stream open', async () => {
    server.gate.refusal = new MeshError('access_denied', 'not for you');
    const { status, headers, json } = await server.call('GET', '/v1/audit/export');
    expect([status, json()['code']]).toEqual([403, 'access_denied']);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    server.gate.refusal = undefined;
    expect((await server.call('GET', '/metrics')).text).toMatch(/^coderclaw_open_streams 0$/m);
  });

  it('leaves nothing behind that waits for the session to end', async () => {
    for (let n = 0; n < 3; n++) await server.call('GET', '/v1/audit/export');
    await expect.poll(() => getEventListeners(server.sessions.controller.signal, 'abort')).toEqual([]);
  });

  it('stops asking when the client hangs up', async () => {
    const source = endless();
    server.gate.auditLines = source.lines;
    const response = await asking();
    await new Promise((resolve) => response.once('data', resolve));
    response.destroy();
    await source.stopped;
    expect(source.told()).toBeGreaterThan(0);
  });

  it('waits for a client that does not read', async () => {
    const source = endless();
    server.gate.auditLines = source.lines;
    const response = await asking(); // nothing of its body is read
    let before = -1;
    await expect
      .poll(
        () => {
          const still = source.told() === before;
          before = source.told();
          return still;
        },
        { interval: 200, timeout: 20_000 },
      )
      .toBe(true);
    expect(before).toBeLessThan(64 * 1024); // 64 MiB; what the two sockets hold is far less
    response.destroy();
    await source.stopped;
  });

  it('cuts what breaks off, so that a part is never taken for the whole, and logs it', async () => {
    const broken = new Error('the disk is gone');
    server.gate.auditLines = async function* () {
      yield* lines('x'.repeat(70_000));
      throw broken;
    };
    await expect(server.call('GET', '/v1/audit/export')).rejects.toThrow('terminated');
    expect(server.log.errors.at(-1)).toMatchObject({ error: broken, route: '/v1/audit/export' });
  });
});

it('ends an export when the server stops, and the client knows that it is not whole', async () => {
  const server = await opened();
  const source = endless();
  server.gate.auditLines = source.lines;
  const ended = server.call('GET', '/v1/audit/export').then(
    () => 'whole',
    () => 'cut',
  );
  await expect.poll(source.told, { timeout: 10_000 }).toBeGreaterThan(100);
  await server.close();
  expect(await ended).toBe('cut');
});

it('ends an export with the session it was asked in', async () => {
  const server = await opened();
  const source = endless();
  server.gate.auditLines = source.lines;
  const ended = server.call('GET', '/v1/audit/export').then(
    () => 'whole',
    () => 'cut',
  );
  await expect.poll(source.told, { timeout: 10_000 }).toBeGreaterThan(100);
  server.sessions.controller.abort();
  expect(await ended).toBe('cut');
  await source.stopped;
  const after = await server.call('GET', '/v1/audit/export');
  expect([after.status, after.json()['code']]).toEqual([401, 'unauthenticated']);
  await server.close();
});

it('puts lines together, and loses none', async () => {
  const all: string[] = [];
  for await (const chunk of inChunks(lines('aa', 'bb', 'cccccccc', 'd'), 6)) all.push(chunk);
  expect(all).toEqual(['aa\nbb\n', 'cccccccc\n', 'd\n']);
});
