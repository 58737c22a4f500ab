import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OidcServer, startOidcServer } from '#test/identity/oidc-server';
import { PUBLIC_URL, comingBack, secretFile, signInApi } from '#test/identity/sign-in-api';
import type { BrowserSignIn } from './browser-sign-in.js';

let server: OidcServer;
let api: BrowserSignIn;

beforeEach(async () => {
  server = await startOidcServer(`${PUBLIC_URL}/v1/auth/oidc/callback`);
  const { issuer, clientId, clientSecret } = server;
  const oidc = { issuer, clientId, clientSecretFile: secretFile(clientSecret), name: 'Example' };
  api = signInApi({ settings: { oidc } });
});
afterEach(() => server.close());

/** Signs in to the end; `onTheWay` is what an attacker makes of the address that the browser comes back to. */
async function signIn(onTheWay: (url: URL) => void = () => undefined): Promise<unknown> {
  const { url, cookie } = await comingBack(api, 'oidc');
  onTheWay(url);
  return api.finishSignIn('oidc', url.href, cookie);
}

const refuses = (reason: string) => ({
  code: 'unauthenticated',
  message: `${reason} (Example)`,
  details: { hint: 'begin the sign-in again' },
});

describe('an issuer mix-up is refused', () => {
  it('where the answer names another issuer than the one that was asked', async () => {
    await expect(signIn((url) => url.searchParams.set('iss', 'https://evil.example'))).rejects.toMatchObject(
      refuses('the answer comes from another issuer than the one that was asked'),
    );
  });

  it('where the answer names none, and the provider announces that it always does', async () => {
    await expect(signIn((url) => url.searchParams.delete('iss'))).rejects.toMatchObject(
      refuses('the answer does not name its issuer, and this provider always does'),
    );
  });

  it('where another provider than the one it began with is to finish it', async () => {
    const { issuer, clientId, clientSecret } = server;
    const client = { issuer, clientId, clientSecretFile: secretFile(clientSecret) };
    const both = signInApi({ settings: { oidc: client, google: client } });
    const { url, cookie } = await comingBack(both, 'oidc');
    await expect(both.finishSignIn('google', url.href, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the sign-in began with oidc, and google cannot finish it',
    });
  });
});

describe('an answer is refused', () => {
  it('with somebody else in the userinfo than in the ID token', async () => {
    server.proxy.tamper('/me', (answer) => ({
      ...answer,
      body: JSON.stringify({ ...(JSON.parse(answer.body) as object), sub: 'eve' }),
    }));
    await expect(signIn()).rejects.toMatchObject(
      refuses('the userinfo is about somebody else than the ID token'),
    );
  });

  it('without a code', async () => {
    await expect(signIn((url) => url.searchParams.delete('code'))).rejects.toMatchObject(
      refuses('the answer has no code'),
    );
  });

  it('with an error that is none of the protocol’s, of which nothing is repeated', async () => {
    await expect(
      signIn((url) => url.searchParams.set('error', '<script>alert(1)</script>')),
    ).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'Example refuses: it does not say why',
    });
  });

  it('of more bytes than a provider has to say', async () => {
    server.proxy.tamper('/token', (answer) => ({ ...answer, body: ' '.repeat(600 * 1024) }));
    await expect(signIn()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the answer is longer than 524288 bytes'),
    });
  });

  it('that sends us elsewhere: a redirect of the token endpoint is not followed', async () => {
    server.proxy.tamper('/token', ({ headers }) => ({
      status: 307,
      headers: new Headers([...headers, ['location', `${server.issuer}/elsewhere`]]),
      body: '',
    }));
    await expect(signIn()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(server.proxy.asked.get('/elsewhere')).toBeUndefined();
  });
});

it('is unavailable, and not refused, where the provider says that it cannot now', async () => {
  await expect(
    signIn((url) => url.searchParams.set('error', 'temporarily_unavailable')),
  ).rejects.toMatchObject({ code: 'unavailable', message: 'Example cannot sign anybody in now' });
});
