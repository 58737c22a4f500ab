import type { JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OidcServer, startOidcServer } from '#test/identity/oidc-server';
import { PUBLIC_URL, comingBack, secretFile, signInApi } from '#test/identity/sign-in-api';
import { newSigningKey, signedWithPublicKey, unsigned } from '#test/identity/signing-key';
import type { BrowserSignIn } from './browser-sign-in.js';

const METADATA = '/.well-known/openid-configuration';

let server: OidcServer;
let api: BrowserSignIn;

beforeEach(async () => {
  server = await startOidcServer(`${PUBLIC_URL}/v1/auth/oidc/callback`);
  api = apiOf(server);
});
afterEach(() => server.close());

const apiOf = ({ issuer, clientId, clientSecret }: OidcServer): BrowserSignIn => {
  const oidc = { issuer, clientId, clientSecretFile: secretFile(clientSecret), name: 'Example' };
  return signInApi({ settings: { oidc } });
};

/** Signs in to the end. */
async function signIn(): Promise<unknown> {
  const { url, cookie } = await comingBack(api, 'oidc');
  return api.finishSignIn('oidc', url.href, cookie);
}

const refuses = (reason: string) => ({
  code: 'unauthenticated',
  message: `${reason} (Example)`,
  details: { hint: 'begin the sign-in again' },
});

/** The provider's own key signs what it would never say. */
const forgeClaims = (changes: JWTPayload): void =>
  server.forgeIdTokens((claims) => server.key.sign({ ...claims, ...changes }));

const seconds = (): number => Math.floor(Date.now() / 1000);

it('passes an ID token that only went through the forger’s hands', async () => {
  forgeClaims({});
  expect(await signIn()).toMatchObject({ profile: { subject: 'ada' } });
});

describe('an ID token is refused', () => {
  it('with algorithm none, even where the provider announces it', async () => {
    server.proxy.tamper(METADATA, (answer) => ({
      ...answer,
      body: answer.body.replace(/"id_token_signing_alg_values_supported":\[/, '$&"none","HS256",'),
    }));
    server.forgeIdTokens(unsigned);
    await expect(signIn()).rejects.toMatchObject(
      refuses('the ID token is not signed in a way that this provider announces and we take'),
    );
  });

  it('with algorithm none where the provider does not announce it', async () => {
    server.forgeIdTokens(unsigned);
    await expect(signIn()).rejects.toMatchObject(
      refuses('the ID token is not signed in a way that this provider announces and we take'),
    );
  });

  it('signed by HS256 with the public key for a secret', async () => {
    server.proxy.tamper(METADATA, (answer) => ({
      ...answer,
      body: answer.body.replace(/"id_token_signing_alg_values_supported":\[/, '$&"HS256",'),
    }));
    server.forgeIdTokens((claims) => signedWithPublicKey(claims, server.key));
    await expect(signIn()).rejects.toMatchObject(
      refuses('the ID token is not signed in a way that this provider announces and we take'),
    );
  });

  it('signed by another key under the same name', async () => {
    const another = await newSigningKey('first');
    server.forgeIdTokens((claims) => another.sign(claims));
    await expect(signIn()).rejects.toMatchObject(
      refuses('the signature of the ID token is not that of the provider'),
    );
  });

  it('signed by a key that the provider does not publish', async () => {
    const unknown = await newSigningKey('unknown');
    server.forgeIdTokens((claims) => unknown.sign(claims));
    await expect(signIn()).rejects.toMatchObject(
      refuses('the ID token is signed with a key that the provider does not publish'),
    );
  });

  it('whose claims were changed under a good signature', async () => {
    server.forgeIdTokens(async (claims) => {
      const [head, , signature] = (await server.key.sign(claims)).split('.');
      const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url');
      return `${head}.${payload}.${signature}`;
    });
    await expect(signIn()).rejects.toMatchObject(
      refuses('the signature of the ID token is not that of the provider'),
    );
  });

  it.each([
    [
      'for another audience',
      { aud: 'another-client' },
      'the ID token was made for another client: its audience is not us',
    ],
    [
      'for several audiences, with another one authorized',
      { aud: ['mesh', 'another-client'], azp: 'another-client' },
      'the ID token was made for another client: its authorized party is not us',
    ],
    [
      'with another nonce',
      { nonce: 'x'.repeat(43) },
      'the ID token was made for another sign-in: its nonce is not the one of this browser',
    ],
    ['of another issuer', { iss: 'https://evil.example' }, 'the ID token was made by another issuer'],
  ])('%s', async (_, changes, reason) => {
    forgeClaims(changes);
    await expect(signIn()).rejects.toMatchObject(refuses(reason));
  });

  it('that has expired', async () => {
    forgeClaims({ iat: seconds() - 600, exp: seconds() - 60 });
    await expect(signIn()).rejects.toMatchObject(refuses('the ID token has expired'));
  });

  it('that is not valid yet', async () => {
    forgeClaims({ nbf: seconds() + 300 });
    await expect(signIn()).rejects.toMatchObject(refuses('the ID token is not valid yet'));
  });

  it.each(['nonce', 'aud', 'iss', 'exp', 'sub'])('without %s', async (claim) => {
    server.forgeIdTokens((claims) =>
      server.key.sign(Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim))),
    );
    await expect(signIn()).rejects.toMatchObject(refuses('the ID token lacks a claim that it must have'));
  });

  it('whose subject nobody could be', async () => {
    forgeClaims({ sub: 'a\u0000b', name: 'so that the userinfo is not asked' });
    await expect(signIn()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the subject of the ID token is not 1–255 ASCII characters',
    });
  });

  it('that did not come', async () => {
    server.proxy.tamper('/token', (answer) => ({
      ...answer,
      body: answer.body.replace(/"id_token":"[^"]+",?/, ''),
    }));
    await expect(signIn()).rejects.toMatchObject(refuses('the provider sent no ID token'));
  });
});

it('learns a new key of the provider, and lets nobody in by the old one', async () => {
  await signIn();
  const next = await newSigningKey('second');
  server.proxy.tamper('/jwks', (answer) => ({ ...answer, body: JSON.stringify({ keys: [next.publicJwk] }) }));
  server.forgeIdTokens((claims) => next.sign(claims));
  api = apiOf(server);
  expect(await signIn()).toMatchObject({ profile: { subject: 'ada' } });
  server.forgeIdTokens((claims) => server.key.sign(claims));
  await expect(signIn()).rejects.toMatchObject(
    refuses('the ID token is signed with a key that the provider does not publish'),
  );
});
