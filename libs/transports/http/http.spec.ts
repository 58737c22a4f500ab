import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimeContract } from '../runtime.contract.js';
import { HTTPTransportAdapter } from './client.js';
import { ROUTES } from './routes.js';
import { opened, task } from './http-server.contract.js';
import type { Server } from './http-server.contract.js';

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
        const { status, headers, text } = await server.call(method, path, { headers: { authorization } });
        const told = [
          status === 401,
          text.includes('"code":"unauthenticated"'),
          headers.has('www-authenticate'),
        ];
        expect(told).toEqual([signedIn, signedIn, signedIn]);
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
