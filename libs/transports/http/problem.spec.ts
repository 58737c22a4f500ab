import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import { opened, task } from './http-server.contract.js';
import type { Server } from './http-server.contract.js';

describe('the HTTP server, when it refuses', () => {
  let server: Server;
  beforeAll(async () => {
    server = await opened();
  });
  afterAll(() => server.close());

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
  ])('refuses %s with a problem', async (...[, method, path, options, status, code]) => {
    const answer = await server.call(method, path, options);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = answer.json();
    expect(problem).toMatchObject({ type: `urn:coderclaw:problem:${code}`, status, code });
    expect(problem).toMatchObject({
      title: expect.any(String) as unknown,
      detail: expect.any(String) as unknown,
    });
  });

  it.each([
    ['bad JSON', { body: '{"a":' }, /JSON object/],
    ['what is no JSON', { body: 'a=b', headers: { 'content-type': 'application/xml' } }, /application\/json/],
    ['too much', { body: { ...task, input: 'x'.repeat(1 << 20) } }, /1048576 bytes/],
  ])('says what to send instead of %s', async (_, options, hint) => {
    const answer = await server.call('POST', '/v1/tasks', options);
    expect(answer.json()).toMatchObject({ hint: expect.stringMatching(hint) as unknown });
  });

  it('says which methods an address has', async () => {
    expect((await server.call('DELETE', '/v1/tasks')).headers.get('allow')).toBe('POST, GET');
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
});
