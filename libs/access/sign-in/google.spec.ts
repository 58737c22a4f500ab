import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GoogleServer, startGoogle } from '#test/identity/google-server';
import { comingBack, secretFile, signInApi } from '#test/identity/sign-in-api';

const GRACE = { sub: '108', name: 'Grace', email: 'grace@example.com', hd: 'example.com' };

let google: GoogleServer;

beforeEach(async () => {
  google = await startGoogle();
});
afterEach(() => google.close());

async function signIn(hostedDomain?: string) {
  const { issuer, clientId, clientSecret } = google;
  const settings = { issuer, clientId, clientSecretFile: secretFile(clientSecret), hostedDomain };
  const api = signInApi({ settings: { google: settings } });
  const { url, cookie } = await comingBack(api, 'google');
  return (await api.finishSignIn('google', url.href, cookie)).profile;
}

describe('a person who signs in with Google', () => {
  it('is the subject of the account, whatever its email', async () => {
    google.signsInAs(GRACE);
    expect(await signIn()).toEqual({
      issuer: google.issuer,
      subject: '108',
      name: undefined,
      displayName: 'Grace',
      email: 'grace@example.com',
    });
    expect(Object.fromEntries(google.lastRequest())).toMatchObject({
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('comes in with an account of the domain that is asked for', async () => {
    google.signsInAs(GRACE);
    expect(await signIn('example.com')).toMatchObject({ subject: '108' });
    expect(google.lastRequest().get('hd')).toBe('example.com');
  });

  it.each([
    ['an account of another domain', { ...GRACE, hd: 'evil.example' }],
    ['a private account with an email of the domain', { sub: '109', name: 'Eve', email: 'eve@example.com' }],
  ])('is denied with %s', async (_, account) => {
    google.signsInAs(account);
    await expect(signIn('example.com')).rejects.toMatchObject({
      code: 'access_denied',
      message: 'this Google account is not of the domain example.com',
    });
  });
});
