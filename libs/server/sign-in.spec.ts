import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { issueSetupToken } from './initialise.js';
import { aKey, aRemoteServer, aRunningServer } from './remote-server.contract.js';
import type { Answer, RemoteServer } from './remote-server.contract.js';

/** What an answer says, without what differs from request to request. */
const told = ({ status, body }: Answer) => ({ ...body, status, instance: '' });

describe('a remote server that nobody could sign in to', () => {
  let server: RemoteServer;
  beforeAll(async () => (server = await aRemoteServer()));
  afterAll(() => server.close());

  it('does not start, and says what to do', async () => {
    await expect(server.start()).rejects.toMatchObject({
      code: 'invalid_request',
      details: {
        field: 'identity',
        hint: expect.stringMatching(/coderclaw init.*identity:.*docs\/sign-in\.md/s),
      },
    });
  });

  it('starts once there is a one-time token, which makes the first admin once and signs them in', async () => {
    const { token } = await issueSetupToken(server.config());
    await server.start();
    const setup = { token, ...server.admin };
    const weak = await server.send('POST', '/v1/auth/setup', { json: { ...setup, password: 'password' } });
    expect([weak.status, weak.body['code']]).toEqual([400, 'invalid_request']);
    const { status, body } = await server.send('POST', '/v1/auth/setup', { json: setup });
    expect([status, body['tokenType']]).toEqual([200, 'Bearer']);
    const me = await server.send('GET', '/v1/me', { token: body['accessToken'] });
    expect(me.body).toMatchObject({
      userId: body['userId'],
      userName: 'root',
      issuer: 'local',
      roles: ['admin'],
      trust: 'untrusted',
      tenant: 'default',
      sessionId: body['sessionId'],
      via: 'network',
    });
    expect(me.body['permissions']).toContain('task:submit');
    const again = await server.send('POST', '/v1/auth/setup', { json: { ...setup, name: 'second' } });
    expect([again.status, again.body['code']]).toEqual([401, 'unauthenticated']);
  });
});

describe('signing in by password', () => {
  let server: RemoteServer;
  beforeAll(async () => (server = await aRunningServer()));
  afterAll(() => server.close());

  const local = (changes: object = {}, sent: object = {}) =>
    server.send('POST', '/v1/auth/local', { json: { ...server.admin, ...changes }, ...sent });
  const signedIn = async () => (await local()).body;

  it('answers tokens that nobody keeps a copy of', async () => {
    const { status, headers, body } = await local();
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      accessToken: expect.stringMatching(/^cc_at_/),
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: expect.stringMatching(/^cc_rt_/),
      sessionId: expect.any(String),
      userId: expect.any(String),
    });
  });

  it('says the same of a wrong password and of a name that nobody has', async () => {
    const wrong = await local({ password: plant('password') });
    const unknown = await local({ name: 'nobody', password: plant('password') });
    const elsewhere = await local({ tenant: 'elsewhere' });
    expect(told(wrong)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(told(unknown)).toEqual(told(wrong));
    expect(told(elsewhere)).toEqual(told(wrong));
  });

  it('goes on with a session of one’s own, and refuses that of nobody', async () => {
    const { sessionId } = await signedIn();
    expect((await local({ sessionId })).body['sessionId']).toBe(sessionId);
    expect((await local({ sessionId: 'nobodys' })).status).toBe(404);
    expect((await local({ sessionId, roles: [] })).body['field']).toBe('roles'); // it has others
  });

  it('gives a session the roles that are asked for, of those that one has', async () => {
    const { body } = await local({ roles: ['admin'] });
    expect((await server.send('GET', '/v1/me', { token: body['accessToken'] })).body['roles']).toEqual([
      'admin',
    ]);
    const others = await local({ roles: ['developer'] });
    expect([others.status, others.body['field']]).toEqual([403, 'roles']);
  });

  it.each([
    ['another field', { admin: true }, 'admin'],
    ['no password', { password: undefined }, 'password'],
    ['a password that is none', { password: 7 }, 'password'],
  ])('refuses %s, and names the field', async (_, changes, field) => {
    const { status, body } = await local(changes);
    expect([status, body['field']]).toEqual([400, field]);
  });

  it('takes no more than 8 KiB from whoever is not known yet', async () => {
    const { status, body } = await local({ password: 'x'.repeat(8 * 1024) });
    expect([status, body['code'], body['hint']]).toEqual([
      413,
      'payload_too_large',
      expect.stringContaining('8192'),
    ]);
  });

  it('binds the tokens to the key whose proof comes along: without it they are nothing', async () => {
    const key = await aKey();
    const { body } = await local({}, { key });
    expect(body['tokenType']).toBe('DPoP');
    const token = body['accessToken'];
    expect((await server.send('GET', '/v1/me', { token, key })).status).toBe(200);
    expect((await server.send('GET', '/v1/me', { token })).status).toBe(401);
    expect((await server.send('GET', '/v1/me', { token, key: await aKey() })).status).toBe(401);
    const json = { refreshToken: body['refreshToken'] };
    expect((await server.send('POST', '/v1/auth/refresh', { json })).status).toBe(401);
    expect((await server.send('POST', '/v1/auth/refresh', { json, key: await aKey() })).status).toBe(401);
    expect((await server.send('POST', '/v1/auth/refresh', { json, key })).body['tokenType']).toBe('DPoP');
  });

  it('refuses a proof that is for another request', async () => {
    const { status, body } = await local({}, { headers: { dpop: 'no.proof.this' } });
    expect([status, body['code']]).toEqual([401, 'unauthenticated']);
  });

  it('gives new tokens for a refresh token once; whoever comes second ends the session for both', async () => {
    const first = await signedIn();
    const refresh = (tokens: Answer['body']) =>
      server.send('POST', '/v1/auth/refresh', { json: { refreshToken: tokens['refreshToken'] } });
    const second = await refresh(first);
    expect([second.status, second.body['sessionId']]).toEqual([200, first['sessionId']]);
    expect((await server.send('GET', '/v1/me', { token: second.body['accessToken'] })).status).toBe(200);
    expect((await refresh(first)).status).toBe(401);
    for (const tokens of [first, second.body]) {
      expect((await server.send('GET', '/v1/me', { token: tokens['accessToken'] })).status).toBe(401);
      expect((await refresh(tokens)).status).toBe(401);
    }
  });

  it('takes a refresh token at the endpoint of OAuth as well, and refuses in its words', async () => {
    const { refreshToken } = await signedIn();
    const form = { grant_type: 'refresh_token', refresh_token: String(refreshToken) };
    const { status, body } = await server.send('POST', '/v1/auth/token', { form });
    expect([status, body['token_type'], body['access_token']]).toEqual([200, 'Bearer', body['accessToken']]);
    const used = await server.send('POST', '/v1/auth/token', { form });
    expect(used.headers.get('content-type')).toMatch(/^application\/json/);
    expect([used.status, used.body['error'], used.body['code']]).toEqual([
      400,
      'invalid_grant',
      'unauthenticated',
    ]);
    expect(used.body['error_description']).toBe(used.body['detail']);
  });

  it.each([
    [{ grant_type: 'password', username: 'root' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token' }, 'invalid_request'],
    [{}, 'invalid_request'],
  ])('says of %j at that endpoint: %s', async (form, error) => {
    const { status, body } = await server.send('POST', '/v1/auth/token', { form });
    expect([status, body['error'], body['code']]).toEqual([400, error, 'invalid_request']);
  });

  it('says at that endpoint that a proof is none', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: 'x' };
    const { status, body } = await server.send('POST', '/v1/auth/token', {
      form,
      headers: { dpop: 'a.b.c' },
    });
    expect([status, body['error']]).toEqual([400, 'invalid_dpop_proof']);
  });

  it('signs out: the tokens are nothing any more', async () => {
    const { accessToken: token, refreshToken } = await signedIn();
    expect((await server.send('POST', '/v1/auth/logout', { token })).status).toBe(204);
    expect((await server.send('GET', '/v1/me', { token })).status).toBe(401);
    expect((await server.send('POST', '/v1/auth/refresh', { json: { refreshToken } })).status).toBe(401);
  });

  it('sets a password anew with a one-time token, and ends the sessions that were', async () => {
    const { accessToken: token, userId } = await signedIn();
    const resetToken = plant('token');
    await sql(
      `insert into one_time_token values ('${sha256(resetToken)}', 'reset', '${String(userId)}', now() + interval '1 hour')`,
    );
    const password = plant('password');
    const reset = () => server.send('POST', '/v1/auth/password', { json: { resetToken, password } });
    expect((await reset()).status).toBe(204);
    expect((await reset()).status).toBe(401);
    expect((await server.send('GET', '/v1/me', { token })).status).toBe(401);
    expect((await local()).status).toBe(401);
    expect((await local({ password })).status).toBe(200);
  });

  it('has neither providers nor jobs where none are set up, and says what there is to do', async () => {
    const provider = await server.send('GET', '/v1/auth/github');
    expect([provider.status, provider.body['hint']]).toEqual([404, 'no identity provider is set up']);
    const job = await server.send('POST', '/v1/auth/ci/github', { json: { token: 'x' } });
    expect([job.status, job.body['code'], job.body['hint']]).toEqual([
      501,
      'unsupported',
      expect.stringContaining('ci.github'),
    ]);
  });

  async function sql(text: string): Promise<void> {
    const client = new Client({ connectionString: server.databaseUrl });
    await client.connect();
    await client.query(text);
    await client.end();
  }
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
