import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BearerGuard, BearerStrategy, Gate, TokenDirectory } from '#access';
import { Clock, Logger, SystemClock } from '#contract';
import type { Actor, HealthCheck } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { MemoryEventStore } from '#test/memory-event-store';
import { MemoryGate } from '#test/memory-gate';
import { runtimeContract } from '../runtime.contract.js';
import { HTTPTransportAdapter } from './client.js';
import { OpenStreams } from './open-streams.js';
import { ROUTES } from './routes.js';
import { HttpModule, Readiness, configureHttp, httpAdapter, listenHttp } from './index.js';

const actor = (id: string): Actor => ({
  kind: 'user',
  id,
  tenant: 'default',
  sessionId: 'default',
  roles: ['admin'],
  trust: 'trusted',
});

class Tokens extends TokenDirectory {
  override async find(token: string): Promise<Actor | null> {
    await new Promise(setImmediate); // so that requests overlap here
    return token.startsWith('token-of-') ? actor(token.slice('token-of-'.length)) : null;
  }
}

class Log extends Logger {
  override info(): void {}
  override warn(): void {}
  readonly errors: unknown[] = [];
  override error(...said: readonly unknown[]): void {
    this.errors.push(said[1]);
  }
}

@Module({})
class Globals {}

async function opened(socketPath?: string) {
  const gate = new MemoryGate();
  const log = new Log();
  const ready = {
    checks: [{ name: 'log', healthy: true }] as HealthCheck[],
    check: () => Promise.resolve(ready.checks),
  };
  const globals = [
    { provide: Logger, useValue: log },
    { provide: TokenDirectory, useValue: new Tokens() },
    { provide: Readiness, useValue: ready },
    { provide: EventStore, useValue: new MemoryEventStore() },
    { provide: Clock, useValue: new SystemClock() },
  ];
  const module = await Test.createTestingModule({
    imports: [
      {
        module: class Globals {},
        global: true,
        providers: globals,
        exports: globals.map(({ provide }) => provide),
      },
      HttpModule.with({ version: '9.9.9', origins: ['https://console.example'], hosts: ['mesh.example'] }),
    ],
  })
    .overrideProvider(Gate)
    .useValue(gate)
    .compile();
  const app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
  const registered: string[] = [];
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => void registered.push(`${String(method)} ${url}`));
  configureHttp(app);
  const { url, close } = await listenHttp(app, { host: '127.0.0.1', port: 0, socketPath });
  const call = async (
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: 'Bearer token-of-ann',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => JSON.parse(text) as Record<string, unknown>,
    };
  };
  return { gate, log, ready, url, close, call, registered, app };
}

type Server = Awaited<ReturnType<typeof opened>>;
const task = { description: 'd', input: 'sleep 60' };

runtimeContract('HTTPTransportAdapter', async () => {
  const server = await opened();
  const runtime = new HTTPTransportAdapter({ baseUrl: server.url, token: 'token-of-ann' });
  const close = async () => {
    await runtime.close();
    await server.close();
  };
  return { runtime: Object.assign(Object.create(runtime) as typeof runtime, { close }) };
});

describe('the HTTP server', () => {
  let server: Server;
  beforeAll(async () => (server = await opened()));
  afterAll(() => server.close());

  it('documents exactly the routes it has', async () => {
    expect(server.registered.toSorted()).toEqual(
      ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
    const { paths } = (await server.call('GET', '/openapi.json')).json() as { paths: Record<string, object> };
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(documented).toHaveLength(ROUTES.length);
  });

  it.each(ROUTES.map(({ method, path, signedIn = true }) => [method, path, signedIn] as const))(
    '%s %s asks for a token: %s',
    async (method, path, signedIn) => {
      for (const authorization of ['', 'Bearer wrong', 'Basic dG9rZW4=', 'Bearer']) {
        const { status, headers, json } = await server.call(method, path, { headers: { authorization } });
        expect(status === 401).toBe(signedIn);
        if (signedIn)
          expect([json()['code'], headers.get('www-authenticate')]).toEqual([
            'unauthenticated',
            'Bearer realm="coderclaw"',
          ]);
      }
    },
  );

  it('takes a token from nowhere but the header', async () => {
    const headers = { authorization: '' };
    expect((await server.call('GET', '/v1/me?access_token=token-of-ann', { headers })).status).toBe(401);
    expect(
      (await server.call('POST', '/v1/tasks', { headers, body: { ...task, access_token: 'token-of-ann' } }))
        .status,
    ).toBe(401);
  });

  it('never takes one caller for another, however many come at once', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `user${i}`);
    const answers = await Promise.all(
      names.map((name) =>
        server.call('GET', '/v1/me', { headers: { authorization: `Bearer token-of-${name}` } }),
      ),
    );
    expect(answers.map(({ json }) => json()['userId'])).toEqual(names);
  });

  it('keeps the tokens of two servers of one process apart', async () => {
    const strict = { find: () => Promise.resolve(null) };
    const other = await Test.createTestingModule({
      providers: [BearerStrategy, BearerGuard, { provide: TokenDirectory, useValue: strict }],
    }).compile();
    expect((await server.call('GET', '/v1/me')).status).toBe(200);
    await other.close();
  });

  it('hands the trace of the request on', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await server.call('GET', '/v1/status', { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
    expect(server.gate.asked.at(-1)?.actor).toMatchObject({ id: 'ann', traceId: trace });
  });

  it('answers 201 for a new task, 200 for a repeated one, 400 for two keys', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const made = await server.call('POST', '/v1/tasks', { body: task, headers });
    expect([made.status, made.headers.get('location')]).toEqual([
      201,
      `/v1/tasks/${String(made.json()['id'])}`,
    ]);
    expect((await server.call('POST', '/v1/tasks', { body: { ...task, idempotencyKey: 'k1' } })).status).toBe(
      200,
    );
    const both = await server.call('POST', '/v1/tasks', { body: { ...task, idempotencyKey: 'k2' }, headers });
    expect([both.status, both.json()['field']]).toEqual([400, 'idempotencyKey']);
    const other = await server.call('POST', '/v1/tasks', { body: { ...task, input: 'other' }, headers });
    expect([other.status, other.json()['code']]).toEqual([409, 'idempotency_mismatch']);
  });

  it('answers 503 with Retry-After while a version is not there yet', async () => {
    const { id } = (
      await server.call('POST', '/v1/tasks', { body: { ...task, requiresApproval: true } })
    ).json();
    expect((await server.call('GET', `/v1/tasks/${String(id)}?atLeast=4`)).status).toBe(200);
    const early = await server.call('GET', `/v1/tasks/${String(id)}?atLeast=5`);
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it.each([
    ['bad JSON', 'POST', '/v1/tasks', { body: '{"a":' }, 400, 'invalid_request'],
    ['an empty body', 'POST', '/v1/tasks', {}, 400, 'invalid_request'],
    [
      'a body of another kind',
      'POST',
      '/v1/tasks',
      { body: 'a=b', headers: { 'content-type': 'application/xml' } },
      415,
      'invalid_request',
    ],
    [
      'a body over 1 MiB',
      'POST',
      '/v1/tasks',
      { body: { ...task, input: 'x'.repeat(1 << 20) } },
      413,
      'payload_too_large',
    ],
    [
      'a prototype in the body',
      'POST',
      '/v1/tasks',
      { body: '{"description":"d","input":"i","metadata":{"__proto__":{"a":1}}}' },
      400,
      'invalid_request',
    ],
    [
      'a body nested too deep',
      'POST',
      '/v1/tasks',
      { body: `{"description":"d","input":"i","metadata":{"a":${'['.repeat(9e4)}${']'.repeat(9e4)}}}` },
      400,
      'invalid_request',
    ],
    ['a filter twice', 'GET', '/v1/tasks?limit=1&limit=2', {}, 400, 'invalid_request'],
    ['a filter nobody knows', 'GET', '/v1/tasks?colour=red', {}, 400, 'invalid_request'],
    ['an address nobody knows', 'GET', '/v1/nothing', {}, 404, 'not_found'],
    ['a malformed address', 'GET', '/v1/tasks/%E0%A4%A', {}, 400, 'invalid_request'],
    ['another method', 'DELETE', '/v1/tasks', {}, 405, 'unsupported'],
    ['a task that is none', 'GET', '/v1/tasks/nothing', {}, 404, 'not_found'],
    [
      'a cursor that is none',
      'GET',
      '/v1/tasks/01890000-0000-7000-8000-000000000000/stream?after=x',
      {},
      400,
      'invalid_request',
    ],
    [
      'another origin',
      'GET',
      '/v1/me',
      { headers: { origin: 'https://evil.example' } },
      403,
      'access_denied',
    ],
    ['no origin to speak of', 'GET', '/healthz', { headers: { origin: 'null' } }, 403, 'access_denied'],
  ])('refuses %s with a problem', async (_, method, path, options, status, code) => {
    const answer = await server.call(method, path, options);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = answer.json();
    expect(problem).toMatchObject({ type: `urn:coderclaw:problem:${code}`, status, code });
    expect(problem).toMatchObject({
      title: expect.any(String) as unknown,
      detail: expect.any(String) as unknown,
    });
    if (status === 405) expect(answer.headers.get('allow')).toBe('POST, GET');
  });

  it('tells nobody what went wrong inside, and logs it once', async () => {
    server.gate.refusal = new Error('password=hunter2');
    const { status, text, headers } = await server.call('GET', '/v1/status');
    server.gate.refusal = undefined;
    expect([status, text.includes('hunter2')]).toEqual([500, false]);
    expect(server.log.errors).toHaveLength(1);
    expect(server.log.errors[0]).toMatchObject({
      requestId: headers.get('x-request-id'),
      route: '/v1/status',
    });
  });

  it('tells when to try again', async () => {
    server.gate.refusal = new MeshError('rate_limited', 'slow down', { retryAfterSeconds: 2.5 });
    const { status, headers, json } = await server.call('GET', '/v1/status');
    server.gate.refusal = undefined;
    expect([status, headers.get('retry-after'), json()['retryAfterSeconds']]).toEqual([429, '3', 2.5]);
  });

  it('lets its own origin and those it was told of in', async () => {
    for (const origin of [server.url, 'https://console.example']) {
      expect((await server.call('GET', '/v1/me', { headers: { origin } })).status).toBe(200);
    }
  });

  it.each([
    ['evil.example', 403],
    ['evil.example:7411', 403],
    ['localhost:1', 200],
    ['[::1]:1', 200],
    ['mesh.example', 200],
  ])('over loopback, asked for host %s, answers %i', async (host, status) => {
    const answered = new Promise((resolve) =>
      httpRequest(`${server.url}/healthz`, { headers: { host } }, ({ statusCode }) =>
        resolve(statusCode),
      ).end(),
    );
    expect(await answered).toBe(status);
  });

  it('is ready only while every part is', async () => {
    expect((await server.call('GET', '/readyz')).status).toBe(200);
    server.ready.checks = [{ name: 'log', healthy: false, detail: 'away' }];
    const { status, json } = await server.call('GET', '/readyz');
    server.ready.checks = [];
    expect([status, json()]).toEqual([
      503,
      { healthy: false, checks: [{ name: 'log', healthy: false, detail: 'away' }] },
    ]);
  });

  it('measures what it answers', async () => {
    const { text } = await server.call('GET', '/metrics');
    expect(text).toMatch(
      /^coderclaw_http_request_seconds_count\{method="GET",route="\/v1\/me",status="200"\} \d+$/m,
    );
    expect(text).toMatch(/^coderclaw_projection_lag_commits 0$/m);
  });

  it('shows its reference to people, without a script or anything from elsewhere', async () => {
    const { text, headers } = await server.call('GET', '/docs');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    for (const { path } of ROUTES) expect(text).toContain(`<code>${path}</code>`);
    expect(text).not.toMatch(/<script|https?:|style=/);
  });
});

describe('a stream of the HTTP server', () => {
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'http-spec-'));
    server = await opened(join(folder, 'socket'));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const running = async () => {
    const id = String((await server.call('POST', '/v1/tasks', { body: task })).json()['id']);
    for await (const { status } of client().streamTaskUpdates(id)) if (status === 'running') break;
    await expect.poll(() => server.gate.watching + streams()).toBe(0); // this reader's own is over
    return id;
  };
  const client = () => new HTTPTransportAdapter({ baseUrl: server.url, token: 'token-of-ann' });
  const streams = () => server.app.get(OpenStreams, { strict: false }).count;
  /** A reader that speaks plain HTTP, so that it can stop reading. */
  const reader = (id: string, headers = '') => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /v1/tasks/${id}/stream HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer token-of-ann\r\n${headers}\r\n`,
    );
    return socket;
  };
  const text = async (socket: ReturnType<typeof reader>) => {
    let all = '';
    for await (const chunk of socket) all += String(chunk);
    return all;
  };

  it('begins after the Last-Event-ID, says so in its ids, and hangs up at the end', async () => {
    const id = await running();
    await server.call('POST', `/v1/tasks/${id}/cancel`);
    const received = await text(reader(id, 'last-event-id: 2\r\n'));
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(received).toMatch(/content-type: text\/event-stream/);
    expect(received).toMatch(/cache-control: no-store, no-transform/);
    expect(received.match(/^id: \d+$/gm)?.at(0)).toBe('id: 3');
    expect(received).toMatch(/event: TaskCancelled\ndata: \{.*\}\n\n/);
    expect(received).toMatch(/event: end\ndata: \{\}/);
  });

  it('holds the updates back for a reader that stops reading, and gives it all of them later', async () => {
    const id = await running();
    const socket = reader(id).pause();
    await once(socket, 'ready');
    await expect.poll(streams).toBe(1);
    const piece = 'x'.repeat(64 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++)
      server.gate.report(id, { type: 'Output', data: { channel: 'text', text: piece } });
    server.gate.report(id, { type: 'Completed', data: { output: '' } });
    await expect.poll(() => server.gate.watched(id), { timeout: 5000 }).toBeGreaterThan(3);
    const taken = server.gate.watched(id);
    expect(taken).toBeLessThan(500); // what the kernel's buffers take, not what there is
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    const received = await text(socket);
    expect(received.match(/^event: OutputAppended/gm)).toHaveLength(1000);
    expect(received).toMatch(/event: TaskCompleted/);
  });

  it('stops watching when its reader goes', async () => {
    const id = await running();
    const socket = reader(id);
    await expect.poll(streams).toBe(1);
    socket.destroy();
    await expect.poll(streams).toBe(0);
    await expect.poll(() => server.gate.watching).toBe(0);
  });

  it('is told a failure that comes when it has begun', async () => {
    const id = await running();
    const reading = text(reader(id));
    await expect.poll(() => server.gate.watching).toBe(1);
    server.gate.breakWatches(new MeshError('access_denied', 'your token was revoked'));
    expect(await reading).toMatch(/event: error\ndata: \{.*"code":"access_denied".*\}\n\n/);
  });

  it('answers on the Unix socket too, which only its user can open, and says that it is local', async () => {
    const path = join(folder, 'socket');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const ask = (socketPath: string | undefined) =>
      new Promise<string>((resolve) => {
        const { hostname: host, port } = new URL(server.url);
        const where = socketPath === undefined ? { host, port } : { socketPath };
        httpRequest(
          { ...where, path: '/v1/me', headers: { authorization: 'Bearer token-of-ann' } },
          (response) => {
            let body = '';
            response.on('data', (chunk) => (body += String(chunk)));
            response.on('end', () => resolve(body));
          },
        ).end();
      });
    expect(JSON.parse(await ask(path))).toMatchObject({ userId: 'ann', via: 'socket' });
    expect(JSON.parse(await ask(undefined))).toMatchObject({ userId: 'ann', via: 'network' });
  });

  it('is cut when the server stops, which waits for no reader, and begins no more', async () => {
    const id = await running();
    const reading = text(reader(id));
    const stuck = reader(id).pause();
    await expect.poll(streams).toBe(2);
    await server.close();
    expect(await reading).not.toMatch(/event: end/);
    expect(streams()).toBe(0);
    stuck.destroy();
    expect(() => server.app.get(OpenStreams, { strict: false }).begin()).toThrow('stopping');
  });
});
