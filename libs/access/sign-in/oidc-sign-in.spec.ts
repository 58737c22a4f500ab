import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#contract';
import { type OidcServer, startOidcServer } from '#test/identity/oidc-server';
import { Seen } from '#test/identity/seen';
import { PUBLIC_URL, comingBack, secretFile, signInApi } from '#test/identity/sign-in-api';
import type { BrowserSignIn } from './browser-sign-in.js';

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

const anApi = (options: Readonly<{ used?: Seen; secret?: string | null }> = {}): BrowserSignIn => {
  const { used, secret = server.clientSecret } = options;
  const client =
    secret === null
      ? { clientId: server.publicClientId }
      : { clientId: server.clientId, clientSecretFile: secretFile(secret) };
  return signInApi({
    settings: { oidc: { issuer: server.issuer, name: 'Example', ...client } },
    used,
    clock,
  });
};

describe('a person who signs in by OpenID Connect', () => {
  it('is who the provider says: its issuer and subject, and what they are called there', async () => {
    const api = anApi();
    const { url, cookie } = await comingBack(api, 'oidc');
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
    const [one, other] = await Promise.all([comingBack(anApi(), 'oidc'), comingBack(anApi(), 'oidc')]);
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
    const { url, cookie } = await comingBack(anApi(), 'oidc');
    const { profile } = await anApi().finishSignIn('oidc', `${url.pathname}${url.search}`, cookie);
    expect(profile.subject).toBe('ada');
  });

  it('can sign in through a public client, which has PKCE and no secret', async () => {
    const api = anApi({ secret: null });
    const { url, cookie } = await comingBack(api, 'oidc');
    expect((await api.finishSignIn('oidc', url.href, cookie)).profile.subject).toBe('ada');
  });

  it('is denied where they say no at the provider', async () => {
    server.signsInAs(null);
    const api = anApi();
    const { url, cookie } = await comingBack(api, 'oidc');
    await expect(api.finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'access_denied',
      message: 'Example or the person there said no',
    });
  });
});

describe('a sign-in by OpenID Connect is refused', () => {
  it('in another browser than the one that began: it has no cookie', async () => {
    const api = anApi();
    const { url } = await comingBack(api, 'oidc');
    await expect(api.finishSignIn('oidc', url.href, undefined)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'no sign-in is under way in this browser',
    });
  });

  it('in a browser with a sign-in of its own: the state is not that one’s', async () => {
    const api = anApi();
    const [mine, theirs] = [await comingBack(api, 'oidc'), await comingBack(api, 'oidc')];
    await expect(api.finishSignIn('oidc', mine.url.href, theirs.cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the state is not that of the sign-in under way in this browser',
    });
  });

  it('with a state that was changed, left out, or given twice', async () => {
    const api = anApi();
    const { url, cookie } = await comingBack(api, 'oidc');
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
    const { url, cookie } = await comingBack(anApi({ used }), 'oidc');
    await anApi({ used }).finishSignIn('oidc', url.href, cookie);
    await expect(anApi({ used }).finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'this sign-in was finished before',
    });
  });

  it('after ten minutes', async () => {
    const api = anApi();
    const { url, cookie } = await comingBack(api, 'oidc');
    now = new Date(now.getTime() + 10 * 60_000 + 1);
    await expect(api.finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the sign-in took longer than 10 minutes',
    });
  });

  it('when its code was redeemed before: the provider takes a code once', async () => {
    const { url, cookie } = await comingBack(anApi(), 'oidc');
    await anApi().finishSignIn('oidc', url.href, cookie);
    await expect(anApi().finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('Example does not take the code: it was used before'),
    });
  });

  it('with the code of somebody else’s sign-in: the PKCE verifier is not that one’s', async () => {
    const api = anApi();
    const [mine, stolen] = [await comingBack(api, 'oidc'), await comingBack(api, 'oidc')];
    mine.url.searchParams.set('code', stolen.url.searchParams.get('code') ?? '');
    await expect(api.finishSignIn('oidc', mine.url.href, mine.cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('Example does not take the code'),
    });
  });

  it('where the provider does not know this server, and says so to the operator', async () => {
    const api = anApi({ secret: 'not-the-secret' });
    const { url, cookie } = await comingBack(api, 'oidc');
    await expect(api.finishSignIn('oidc', url.href, cookie)).rejects.toMatchObject({
      code: 'internal',
      message: 'Example does not know this server, or not with this client secret',
    });
  });

  it('and shows no code, token or secret in what it throws', async () => {
    const api = anApi({ secret: 'not-the-secret' });
    const { url, cookie } = await comingBack(api, 'oidc');
    const error: unknown = await api
      .finishSignIn('oidc', url.href, cookie)
      .catch((thrown: unknown) => thrown);
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(shown).toContain('does not know this server');
    for (const secret of ['not-the-secret', url.searchParams.get('code') ?? '?', cookie])
      expect(shown).not.toContain(secret);
  });
});
