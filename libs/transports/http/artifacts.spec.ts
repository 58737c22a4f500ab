import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PutArtifact } from '#commands';
import { MAX_ARTIFACT_BYTES } from '#contract';
import { digestHeader, digestIn } from './digest-header.js';
import { opened } from './http-server.contract.js';
import type { Server } from './http-server.contract.js';
import { paths } from './wire.js';

const CONTENT = 'a workspace';
const DIGEST = `sha256:${createHash('sha256').update(CONTENT).digest('hex')}`;
const BYTES = { 'content-type': 'application/octet-stream' };
const TASK = '0198c0de-0000-7000-8000-000000000001';

describe('artifacts over HTTP', () => {
  let server: Server;
  beforeAll(async () => (server = await opened()));
  afterAll(() => server.close());

  it('takes the content as it is, and hands on the digest it is said to have', async () => {
    const headers = { ...BYTES, 'repr-digest': digestHeader(DIGEST) };
    const { status, json } = await server.call('POST', paths.artifacts, { body: CONTENT, headers });
    expect([status, json()]).toEqual([201, { digest: DIGEST, bytes: CONTENT.length }]);
    expect(server.gate.artifacts.get(DIGEST)?.toString()).toBe(CONTENT);
    expect(server.gate.asked.at(-1)?.request).toBeInstanceOf(PutArtifact);
  });

  it.each([
    ['content of another type', '{}', { 'content-type': 'application/json' }, 400],
    ['no content at all', undefined, {}, 400],
    ['a digest that cannot be checked', CONTENT, { ...BYTES, digest: 'md5=abc' }, 400],
  ])('refuses %s', async (_, body, headers, status) => {
    const answer = await server.call('POST', paths.artifacts, { body, headers });
    expect([answer.status, answer.json()['code']]).toEqual([status, 'invalid_request']);
  });

  it('refuses more than there may be, by its announced length and before it is read', async () => {
    const before = server.gate.asked.length;
    const body = Buffer.alloc(MAX_ARTIFACT_BYTES + 1);
    const headers = { ...BYTES, authorization: 'Bearer token-of-ann' };
    const { status } = await fetch(server.url + paths.artifacts, { method: 'POST', headers, body });
    expect([status, server.gate.asked.length]).toEqual([413, before]);
  });

  it('answers who sends on though it has been refused', async () => {
    server.gate.refusal = new Error('whatever');
    const body = Buffer.alloc(8 * 1024 * 1024);
    const headers = { ...BYTES, authorization: 'Bearer token-of-ann' };
    const { status } = await fetch(server.url + paths.artifacts, { method: 'POST', headers, body });
    server.gate.refusal = undefined;
    expect(status).toBe(500);
  });

  it('takes bytes on no other route', async () => {
    const { status } = await server.call('POST', paths.tasks, { body: CONTENT, headers: BYTES });
    expect(status).toBe(415);
  });

  it('gives an artifact out as a file to be kept, and nothing a browser would run', async () => {
    server.gate.artifacts.set('report/<b>ü".html', Buffer.from('<script>alert(1)</script>'));
    const { status, headers, text } = await server.call('GET', paths.artifact(TASK, 'report/<b>ü".html'));
    expect([status, text]).toEqual([200, '<script>alert(1)</script>']);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '25',
      'content-disposition': `attachment; filename*=UTF-8''%3Cb%3E%C3%BC%22.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
  });

  it('finds one by the longest name there may be, and none by a longer one', async () => {
    const name = 'ü'.repeat(128);
    server.gate.artifacts.set(name, Buffer.from('long'));
    expect((await server.call('GET', paths.artifact(TASK, name))).text).toBe('long');
    expect((await server.call('GET', paths.artifact(TASK, `${name}x`))).status).toBe(400);
  });

  it('says not_found for a name under which there is nothing', async () => {
    const { status, json } = await server.call('GET', paths.artifact(TASK, 'nothing'));
    expect([status, json()['code']]).toEqual([404, 'not_found']);
  });
});

it.each([
  ['repr-digest', digestHeader(DIGEST)],
  ['digest', `SHA-256=${Buffer.from(DIGEST.slice(7), 'hex').toString('base64')}`],
  ['content-digest', `sha-512=:abcd:, ${digestHeader(DIGEST)}`],
])('reads the digest in %s: %s', (name, value) => {
  expect(digestIn({ [name]: value })).toBe(DIGEST);
});
