import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startActionsIssuer } from '#test/identity/actions-issuer';
import type { ActionsIssuer } from '#test/identity/actions-issuer';
import { startOidcServer } from '#test/identity/oidc-server';
import type { OidcServer } from '#test/identity/oidc-server';
import { aPerson, linkIn } from '#test/identity/person';
import { secretFile } from '#test/identity/sign-in-api';
import { newSigningKey } from '#test/identity/signing-key';
import { watchFor } from '#test/planted-secrets';
import { aRemoteServer } from './remote-server.contract.js';
import type { RemoteServer } from './remote-server.contract.js';

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
