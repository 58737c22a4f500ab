import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#contract';
import { browse } from '#test/identity/browser';
import { type OidcServer, startOidcServer } from '#test/identity/oidc-server';
import { Seen } from '#test/identity/seen';
import { providersOf } from './providers-of.js';
import { SignIn } from './sign-in.js';

const PUBLIC_URL = 'https://mesh.example';
const CALLBACK = `${PUBLIC_URL}/v1/auth/oidc/callback`;
const ANSWER = { kind: 'answer' } as const;

let server: OidcServer;
let now: Date;
const clock = new (class extends SystemClock {
  override now = () => now;
})();

beforeAll(async () => {
  server = await startOidcServer(CALLBACK);
});
afterAll(() => server.close());
beforeEach(() => {
  now = new Date();
  server.signsInAs('ada');
});

/** One API process: its providers, and what it and its likes have seen. */
function anApi(options: Readonly<{ used?: Seen; secret?: string | null; issuer?: string }> = {}): SignIn {
  const { used = new Seen(), secret = server.clientSecret, issuer = server.issuer } = options;
  const file = join(mkdtempSync(join(tmpdir(), 'sign-in-')), 'secret');
  writeFileSync(file, `${secret}\n`);
  const client =
    secret === null
      ? { clientId: server.publicClientId }
      : { clientId: server.clientId, clientSecretFile: file };
  const providers = providersOf(
    { oidc: { issuer, name: 'Example', ...client } },
    { publicUrl: PUBLIC_URL, clock },
  );
  return new SignIn({ providers, publicUrl: PUBLIC_URL, clock, used });
}

const cookieOf = (setCookie: string): string => setCookie.split(';')[0] ?? '';

/** Begins, and lets a person sign in, up to where the browser would come back. */
async function comingBack(api: SignIn): Promise<{ url: URL; cookie: string; location: URL }> {
  const { location, cookie } = await api.beginSignIn('oidc', ANSWER);
  return { url: await browse(location, CALLBACK), cookie: cookieOf(cookie), location: new URL(location) };
}

describe('a person who signs in by OpenID Connect', () => {
  it('is who the provider says: its issuer and subject, and what they are called there', async () => {
    const api = anApi();
    const { url, cookie } = await comingBack(api);
    expect(await api.finishSignIn('oidc', url.href, cookie)).toEqual({
      profile: {
        issuer: server.issuer,
        subject: 'ada',
        name: 'ada',
        displayName: 'ada Example',
        email: 'ada@example.com',
      },
      followUp: ANSWER,
    });
  });

  it('is sent away with PKCE by S256, a state and a nonce, all new each time', async () => {
    const [one, other] = await Promise.all([comingBack(anApi()), comingBack(anApi())]);
    const asked = [one, other].map(({ location }) => Object.fromEntries(location.searchParams));
    expect(asked[0]).toMatchObject({
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid profile email',
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked[0]?.[name]).toMatch(/^[\w-]{43}$/);
      expect(asked[0]?.[name]).not.toBe(asked[1]?.[name]);
    }
  });

  it('can finish at another API process than the one that began', async () => {
    const { url, cookie } = await comingBack(anApi());
    const { profile } = await anApi().finishSignIn('oidc', `${url.pathname}${url.search}`, cookie);
    expect(profile.subject).toBe('ada');
  });

  it('can sign in through a public client, which has PKCE and no secret', async () => {
    const api = anApi({ secret: null });
    const { url, cookie } = await comingBack(api);
    expect((await api.finishSignIn('oidc', url.href, cookie)).profile.subject).toBe('ada');
  });

  it('is denied where they say no at the provider', async () => {
    server.signsInAs(null);
    const api = anApi();
    const { url, cookie } = await comingBack(api);
    await expect(api.finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'access_denied',
      message: 'Example or the person there said no',
    });
  });
});

describe('a sign-in by OpenID Connect is refused', () => {
  it('in another browser than the one that began: it has no cookie', async () => {
    const api = anApi();
    const { url } = await comingBack(api);
    await expect(api.finishSignIn('oidc', url.href, undefined)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'no sign-in is under way in this browser',
    });
  });

  it('in a browser with a sign-in of its own: the state is not that one’s', async () => {
    const api = anApi();
    const [mine, theirs] = [await comingBack(api), await comingBack(api)];
    await expect(api.finishSignIn('oidc', mine.url.href, theirs.cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the state is not that of the sign-in under way in this browser',
    });
  });

  it('with a state that was changed, left out, or given twice', async () => {
    const api = anApi();
    const { url, cookie } = await comingBack(api);
    const changed = new URL(url);
    changed.searchParams.set('state', 'x'.repeat(43));
    const without = new URL(url);
    without.searchParams.delete('state');
    const twice = new URL(url);
    twice.searchParams.append('state', url.searchParams.get('state') ?? '');
    const notOurs = 'the state is not that of the sign-in under way in this browser';
    for (const [bad, message] of [
      [changed, notOurs],
      [without, 'the answer has no state'],
      [twice, notOurs],
    ] as const)
      await expect(api.finishSignIn('oidc', bad.href, cookie)).rejects.toMatchObject({ message });
  });

  it('the second time, at whichever API process the callback is replayed', async () => {
    const used = new Seen();
    const { url, cookie } = await comingBack(anApi({ used }));
    await anApi({ used }).finishSignIn('oidc', url.href, cookie);
    await expect(anApi({ used }).finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'this sign-in was finished before',
    });
  });

  it('after ten minutes', async () => {
    const api = anApi();
    const { url, cookie } = await comingBack(api);
    now = new Date(now.getTime() + 10 * 60_000 + 1);
    await expect(api.finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the sign-in took longer than 10 minutes',
    });
  });

  it('when its code was redeemed before: the provider takes a code once', async () => {
    const { url, cookie } = await comingBack(anApi());
    await anApi().finishSignIn('oidc', url.href, cookie);
    await expect(anApi().finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('Example does not take the code: it was used before'),
    });
  });

  it('with the code of somebody else’s sign-in: the PKCE verifier is not that one’s', async () => {
    const api = anApi();
    const [mine, stolen] = [await comingBack(api), await comingBack(api)];
    mine.url.searchParams.set('code', stolen.url.searchParams.get('code') ?? '');
    await expect(api.finishSignIn('oidc', mine.url.href, mine.cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('Example does not take the code'),
    });
  });

  it('where the provider does not know this server, and says so to the operator', async () => {
    const api = anApi({ secret: 'not-the-secret' });
    const { url, cookie } = await comingBack(api);
    await expect(api.finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'internal',
      message: 'Example does not know this server, or not with this client secret',
    });
  });

  it('and shows no code, token or secret in what it throws', async () => {
    const api = anApi({ secret: 'not-the-secret' });
    const { url, cookie } = await comingBack(api);
    const error: unknown = await api
      .finishSignIn('oidc', url.href, cookie)
      .catch((thrown: unknown) => thrown);
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(shown).toContain('does not know this server');
    for (const secret of ['not-the-secret', url.searchParams.get('code') ?? '?', cookie])
      expect(shown).not.toContain(secret);
  });
});

describe('what a provider says about itself', () => {
  it('is asked for once for many at once, and again after an hour', async () => {
    const fresh = await startOidcServer(CALLBACK);
    try {
      let ms = 0;
      const time = { now: () => new Date(), monotonicMs: () => ms };
      const settings = { oidc: { issuer: fresh.issuer, clientId: fresh.publicClientId } };
      const providers = providersOf(settings, { publicUrl: PUBLIC_URL, clock: time });
      const api = new SignIn({ providers, publicUrl: PUBLIC_URL, clock: time, used: new Seen() });
      const asked = () => fresh.proxy.asked.get('/.well-known/openid-configuration');
      await Promise.all([1, 2, 3].map(() => api.beginSignIn('oidc', ANSWER)));
      ms = 59 * 60_000;
      await api.beginSignIn('oidc', ANSWER);
      expect(asked()).toBe(1);
      ms = 61 * 60_000;
      await api.beginSignIn('oidc', ANSWER);
      expect(asked()).toBe(2);
    } finally {
      await fresh.close();
    }
  });

  it('is unavailable while the provider is away, and asked for again when it is back', async () => {
    const fresh = await startOidcServer(CALLBACK);
    const path = '/.well-known/openid-configuration';
    const api = anApi({ issuer: fresh.issuer });
    fresh.proxy.tamper(path, (answer) => ({ ...answer, status: 503 }));
    await expect(api.beginSignIn('oidc', ANSWER)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${fresh.issuer} answers with status 503`,
    });
    fresh.proxy.tamper(path, (answer) => answer);
    expect((await api.beginSignIn('oidc', ANSWER)).location).toContain(fresh.issuer);
    await fresh.close();
    await expect(anApi({ issuer: fresh.issuer }).beginSignIn('oidc', ANSWER)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`${fresh.issuer} cannot be reached: `),
    });
  });

  it('is not used where it names another issuer than the one that was asked', async () => {
    const fresh = await startOidcServer(CALLBACK);
    fresh.proxy.tamper('/.well-known/openid-configuration', (answer) => ({
      ...answer,
      body: JSON.stringify({ ...(JSON.parse(answer.body) as object), issuer: 'https://evil.example' }),
    }));
    await expect(anApi({ issuer: fresh.issuer }).beginSignIn('oidc', ANSWER)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('issuer does not match the expected issuer'),
    });
    await fresh.close();
  });
});

it('gives a verifier to the provider that makes the challenge it was shown', async () => {
  const api = anApi();
  const { url, cookie, location } = await comingBack(api);
  let form = '';
  const plain = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (String(input).endsWith('/token')) form = String(init?.body);
    return plain(input, init);
  };
  try {
    await api.finishSignIn('oidc', url.href, cookie);
  } finally {
    globalThis.fetch = plain;
  }
  const verifier = new URLSearchParams(form).get('code_verifier') ?? '';
  expect(createHash('sha256').update(verifier).digest('base64url')).toBe(
    location.searchParams.get('code_challenge'),
  );
});
