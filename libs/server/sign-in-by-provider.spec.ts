import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { challengeOf } from '#access';
import { startActionsIssuer } from '#test/identity/actions-issuer';
import type { ActionsIssuer } from '#test/identity/actions-issuer';
import { startOidcServer } from '#test/identity/oidc-server';
import type { OidcServer } from '#test/identity/oidc-server';
import { aPerson, linkIn } from '#test/identity/person';
import { secretFile } from '#test/identity/sign-in-api';
import { newSigningKey } from '#test/identity/signing-key';
import { watchFor } from '#test/planted-secrets';
import { aKey, aRemoteServer } from './remote-server.contract.js';
import type { RemoteServer } from './remote-server.contract.js';

const CALLBACK = 'http://127.0.0.1:65000/done';

const aVerifier = () => randomBytes(32).toString('base64url');

describe('signing in by those who vouch for people and jobs', () => {
  let provider: OidcServer;
  let actions: ActionsIssuer;
  let server: RemoteServer;

  beforeAll(async () => {
    actions = await startActionsIssuer();
    server = await aRemoteServer();
    provider = await startOidcServer(`${server.url}/v1/auth/oidc/callback`);
    const clientSecretFile = secretFile(watchFor('the client secret', provider.clientSecret));
    const { issuer, clientId } = provider;
    server.configure({
      identity: { oidc: { issuer, clientId, clientSecretFile } },
      security: { defaultRoles: ['developer'] },
      ci: {
        github: {
          issuer: actions.issuer,
          audience: 'https://mesh.example',
          rules: [{ repositoryId: '74', repositoryOwnerId: '65', ref: 'refs/heads/main' }],
        },
      },
    });
    await server.start(); // there is no user, but one who vouches for people
  });
  afterAll(async () => {
    await server.close();
    await provider.close();
    await actions.close();
  });

  const me = async (token: unknown) => (await server.send('GET', '/v1/me', { token })).body;
  const token = (form: Readonly<Record<string, string>>, sent: object = {}) =>
    server.send('POST', '/v1/auth/token', { form, ...sent });

  const begin = async (verifier: string) => {
    const query = { redirect_uri: CALLBACK, code_challenge: challengeOf(verifier), state: 'its-own' };
    const url = `${server.url}/v1/auth/oidc?${String(new URLSearchParams(query))}`;
    return aPerson().open(url);
  };
  const redeem = (code: string | null, verifier: string, sent: object = {}) =>
    token(
      {
        grant_type: 'authorization_code',
        code: code ?? '',
        code_verifier: verifier,
        redirect_uri: CALLBACK,
      },
      sent,
    );

  const ci = (job: string) => server.send('POST', '/v1/auth/ci/github', { json: { token: job } });

  it('is done by a browser: to the provider and back, to tokens as JSON', async () => {
    const shown = await aPerson().open(`${server.url}/v1/auth/oidc`);
    expect(shown.url.pathname).toBe('/v1/auth/oidc/callback');
    const tokens = JSON.parse(shown.text) as Record<string, unknown>;
    expect(await me(tokens['accessToken'])).toMatchObject({
      userName: 'ada',
      issuer: provider.issuer,
      roles: ['developer'],
      sessionId: tokens['sessionId'],
    });
  });

  it('sends the browser away with PKCE, state and nonce, and a cookie that only sign-in sees', async () => {
    const { status, headers } = await server.send('GET', '/v1/auth/oidc');
    const asked = new URL(headers.get('location') ?? '').searchParams;
    expect([status, asked.get('code_challenge_method')]).toEqual([302, 'S256']);
    for (const proof of ['code_challenge', 'state', 'nonce']) expect(asked.get(proof)).toMatch(/^[\w-]{43}$/);
    expect(headers.get('set-cookie')).toMatch(/Path=\/v1\/auth; HttpOnly; SameSite=Lax; Max-Age=600$/);
  });

  it.each([
    ['with no cookie', {}],
    ['with the state of another', { state: 'A'.repeat(43) }],
  ])(
    'does not end at a callback %s; the cookie is cleared, and people are told in HTML',
    async (_, changes) => {
      const { headers } = await server.send('GET', '/v1/auth/oidc');
      const { state } = {
        state: new URL(headers.get('location') ?? '').searchParams.get('state'),
        ...changes,
      };
      const cookie = 'state' in changes ? (headers.get('set-cookie') ?? '') : '';
      const path = `/v1/auth/oidc/callback?code=x&state=${state}&iss=${encodeURIComponent(provider.issuer)}`;
      const problem = await server.send('GET', path, { headers: { cookie } });
      expect([problem.status, problem.body['code']]).toEqual([401, 'unauthenticated']);
      const page = await server.send('GET', path, { headers: { cookie, accept: 'text/html' } });
      expect(page.status).toBe(401);
      expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      expect(page.headers.get('set-cookie')).toMatch(/=; .*Max-Age=0$/);
    },
  );

  it('tells a person who said no that nobody was let in', async () => {
    provider.signsInAs(null);
    const { status, text } = await aPerson().open(`${server.url}/v1/auth/oidc`);
    provider.signsInAs('ada');
    expect([status, text]).toEqual([403, expect.stringContaining('<h1>access denied</h1>')]);
  });

  describe('for a program on the same machine', () => {
    it('sends it a code on the person’s word, good once, with its verifier, for tokens bound to its key', async () => {
      const verifier = aVerifier();
      const shown = await begin(verifier);
      expect(shown.text).toContain('127.0.0.1:65000');
      expect(shown.text).toContain('ada Example');
      expect(shown.headers.get('content-security-policy')).toMatch(/^default-src 'none'.*form-action 'self'/);
      expect(shown.text).not.toMatch(/<script|cc_at_/);
      const back = linkIn(shown, /Let it in/);
      expect(`${back.origin}${back.pathname}`).toBe(CALLBACK);
      expect(back.searchParams.get('state')).toBe('its-own');
      const code = back.searchParams.get('code');
      watchFor('a one-time code', code ?? '');
      const key = await aKey();
      const { status, body } = await redeem(code, verifier, { key });
      expect([status, body['token_type']]).toEqual([200, 'DPoP']);
      const who = await server.send('GET', '/v1/me', { token: body['access_token'], key });
      expect(who.body).toMatchObject({ userName: 'ada', issuer: provider.issuer });
      const again = await redeem(code, verifier, { key });
      expect([again.status, again.body['error']]).toEqual([400, 'invalid_grant']);
    });

    it('gives nothing to who has the code alone, and then nothing to anybody', async () => {
      const verifier = aVerifier();
      const code = linkIn(await begin(verifier), /Let it in/).searchParams.get('code');
      expect((await redeem(code, aVerifier())).body['error']).toBe('invalid_grant');
      expect((await redeem(code, verifier)).body['error']).toBe('invalid_grant');
    });

    it.each([
      ['https://evil.example/done'],
      ['http://localhost:65000/done'],
      ['http://127.0.0.1/done'],
      ['http://127.0.0.1:65000@evil.example/'],
    ])('sends no code to %s', async (redirect_uri) => {
      const query = new URLSearchParams({ redirect_uri, code_challenge: challengeOf(aVerifier()) });
      const { status, body } = await server.send('GET', `/v1/auth/oidc?${String(query)}`);
      expect([status, body['code']]).toEqual([400, 'invalid_request']);
    });

    it('sends no code that is bound to nobody', async () => {
      const query = new URLSearchParams({ redirect_uri: CALLBACK });
      const { status, body } = await server.send('GET', `/v1/auth/oidc?${String(query)}`);
      expect([status, body['field']]).toEqual([400, 'code_challenge']);
    });
  });

  it('lets a device in whose code a person approves after signing in there', async () => {
    const { body: code } = await server.send('POST', '/v1/auth/device-code', {
      form: { client_id: 'a lamp' },
    });
    const person = aPerson();
    const who = await person.open(String(code['verification_uri_complete']));
    const shown = await person.open(linkIn(who, /Sign in with the identity provider/));
    expect(shown.text).toContain('<strong>a lamp</strong>');
    const done = await person.submit(shown, { decision: 'approve' });
    expect(done.text).toContain('a lamp goes on by itself');
    const { body } = await token({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(code['device_code']),
    });
    expect(await me(body['access_token'])).toMatchObject({ userName: 'ada', issuer: provider.issuer });
  });

  it('lets a job in whose token is true, once, for a quarter of an hour', async () => {
    const job = await actions.token();
    const { status, body } = await ci(job);
    expect([status, body['refreshToken'], body['tokenType']]).toEqual([200, undefined, 'Bearer']);
    expect(body['expiresIn']).toBeLessThanOrEqual(900);
    expect(await me(body['accessToken'])).toMatchObject({ roles: ['ci'], issuer: actions.issuer });
    const again = await ci(job);
    expect([again.status, again.body['detail']]).toEqual([401, 'the job token was used before']);
  });

  it('keeps a job out whose token is forged, or of another repository', async () => {
    const forger = await newSigningKey('actions');
    expect((await ci(await forger.sign(actions.claims()))).status).toBe(401);
    expect((await ci(await actions.token({ repository_id: '75' }))).status).toBe(403);
    expect((await ci(await actions.token({ event_name: 'pull_request_target' }))).status).toBe(403);
  });
});
