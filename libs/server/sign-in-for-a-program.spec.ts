import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { challengeOf } from '#access';
import { startOidcServer } from '#test/identity/oidc-server';
import type { OidcServer } from '#test/identity/oidc-server';
import { aPerson, linkIn } from '#test/identity/person';
import { secretFile } from '#test/identity/sign-in-api';
import { watchFor } from '#test/planted-secrets';
import { aKey, aRemoteServer } from './remote-server.contract.js';
import type { RemoteServer } from './remote-server.contract.js';

const CALLBACK = 'http://127.0.0.1:65000/done';

const aVerifier = () => randomBytes(32).toString('base64url');

describe('a program on the same machine, whose person signs in by a provider,', () => {
  let provider: OidcServer;
  let server: RemoteServer;

  beforeAll(async () => {
    server = await aRemoteServer();
    provider = await startOidcServer(`${server.url}/v1/auth/oidc/callback`);
    const clientSecretFile = secretFile(watchFor('the client secret', provider.clientSecret));
    const { issuer, clientId } = provider;
    server.configure({ identity: { oidc: { issuer, clientId, clientSecretFile } } });
    await server.start();
  });
  afterAll(async () => {
    await server.close();
    await provider.close();
  });

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

  it('is sent a code on the person’s word, good once, with its verifier, for tokens bound to its key', async () => {
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

  it('is the only one the code is good for, and not after another tried it', async () => {
    const verifier = aVerifier();
    const code = linkIn(await begin(verifier), /Let it in/).searchParams.get('code');
    expect((await redeem(code, aVerifier())).body['error']).toBe('invalid_grant');
    expect((await redeem(code, verifier)).body['error']).toBe('invalid_grant');
  });

  it('hears of it when the person says no, through the browser, with its own state', async () => {
    provider.signsInAs(null);
    const shown = await begin(aVerifier());
    provider.signsInAs('ada');
    expect([shown.status, shown.text]).toEqual([403, expect.stringContaining('<h1>access denied</h1>')]);
    const back = linkIn(shown, /Tell it now/);
    expect(shown.headers.get('refresh')).toBe(`0; url=${back.href}`);
    expect(`${back.origin}${back.pathname}`).toBe(CALLBACK);
    expect(Object.fromEntries(back.searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.stringContaining('said no'),
      state: 'its-own',
    });
  });

  it('hears nothing of a callback that is not to the sign-in of this browser', async () => {
    const query = new URLSearchParams({ redirect_uri: CALLBACK, code_challenge: challengeOf(aVerifier()) });
    const { headers } = await server.send('GET', `/v1/auth/oidc?${String(query)}`);
    const cookie = headers.get('set-cookie') ?? '';
    const path = `/v1/auth/oidc/callback?error=access_denied&state=${'A'.repeat(43)}`;
    const answer = await server.send('GET', path, { headers: { cookie, accept: 'text/html' } });
    expect([answer.status, answer.headers.get('refresh')]).toEqual([401, null]);
    expect(answer.text).not.toContain('127.0.0.1:65000');
  });

  it.each([
    ['https://evil.example/done'],
    ['http://localhost:65000/done'],
    ['http://127.0.0.1/done'],
    ['http://127.0.0.1:65000@evil.example/'],
  ])('is sent no code to %s', async (redirect_uri) => {
    const query = new URLSearchParams({ redirect_uri, code_challenge: challengeOf(aVerifier()) });
    const { status, body } = await server.send('GET', `/v1/auth/oidc?${String(query)}`);
    expect([status, body['code']]).toEqual([400, 'invalid_request']);
  });

  it('is sent no code that is bound to nobody', async () => {
    const query = new URLSearchParams({ redirect_uri: CALLBACK });
    const { status, body } = await server.send('GET', `/v1/auth/oidc?${String(query)}`);
    expect([status, body['field']]).toEqual([400, 'code_challenge']);
  });
});
