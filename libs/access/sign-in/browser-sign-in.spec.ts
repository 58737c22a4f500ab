import { describe, expect, it } from 'vitest';
import { SystemClock } from '#contract';
import { Seen } from '#test/identity/seen';
import { IdentityProvider } from './identity-provider.js';
import type { Profile } from './profile.js';
import { BrowserSignIn } from './browser-sign-in.js';
import { challengeOf, decodeFlow, encodeFlow, proofsOf, startFlow } from './sign-in-flow.js';
import type { FollowUp, Proofs } from './sign-in-flow.js';

/** Vouches for whoever its callback names, and remembers nothing. */
class Credulous extends IdentityProvider {
  override authorizationUrl = async ({ state }: Proofs): Promise<URL> =>
    new URL(`https://idp.example/?state=${state}`);

  override profile = async (answer: URLSearchParams): Promise<Profile> => ({
    issuer: 'https://idp.example',
    subject: answer.get('who') ?? '',
  });
}

const aSignIn = (publicUrl = 'https://mesh.example'): BrowserSignIn =>
  new BrowserSignIn({
    providers: new Map([['oidc', new Credulous()]]),
    publicUrl,
    clock: new SystemClock(),
    used: new Seen(),
  });

const CODE: FollowUp = {
  kind: 'code',
  redirectUri: 'http://127.0.0.1:40000/done',
  challenge: challengeOf('verifier'),
  state: 'of the program',
};
const stateOf = (location: string): string => new URL(location).searchParams.get('state') ?? '';
const pairOf = (cookie: string): string => cookie.split(';')[0] ?? '';

describe('the cookie of a sign-in', () => {
  it('is one that no other host can plant, and no script can read', async () => {
    const { cookie } = await aSignIn().beginSignIn('oidc', { kind: 'answer' });
    expect(cookie).toMatch(
      /^__Host-coderclaw-sign-in=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
  });

  it('goes over http no further than sign-in', async () => {
    const { cookie } = await aSignIn('http://127.0.0.1:7411').beginSignIn('oidc', { kind: 'answer' });
    expect(cookie).toMatch(
      /^coderclaw-sign-in=[\w-]+; Path=\/v1\/auth; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
  });

  it('is cleared under the same name and path', () => {
    expect(aSignIn().clearedCookie).toBe(
      '__Host-coderclaw-sign-in=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0',
    );
  });

  it.each([
    ['of another name', (pair: string) => `x${pair}`, 'no sign-in is under way in this browser'],
    ['twice', (pair: string) => `${pair}; ${pair}`, 'two sign-ins claim to be under way'],
    ['cut short', (pair: string) => pair.slice(0, -20), 'the cookie of the sign-in is not one of ours'],
    ['cleared', () => '__Host-coderclaw-sign-in=', 'no sign-in is under way in this browser'],
  ])('signs nobody in %s', async (_, change, message) => {
    const signIn = aSignIn();
    const { location, cookie } = await signIn.beginSignIn('oidc', { kind: 'answer' });
    const back = `/v1/auth/oidc/callback?who=ada&state=${stateOf(location)}`;
    await expect(signIn.finishSignIn('oidc', back, change(pairOf(cookie)))).rejects.toMatchObject({
      code: 'unauthenticated',
      message,
    });
  });

  it('signs nobody in that says it begins an hour from now, to be good for longer', async () => {
    const flow = startFlow('oidc', { kind: 'answer' }, new Date(Date.now() + 3_600_000));
    const back = `/v1/auth/oidc/callback?who=ada&state=${proofsOf(flow).state}`;
    const cookie = `__Host-coderclaw-sign-in=${encodeFlow(flow)}`;
    await expect(aSignIn().finishSignIn('oidc', back, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the sign-in says that it begins later than now',
    });
  });

  it('signs nobody in after what follows was changed in it', async () => {
    const signIn = aSignIn();
    const { location, cookie } = await signIn.beginSignIn('oidc', CODE);
    const [name = '', value = ''] = pairOf(cookie).split('=');
    const flow = decodeFlow(value);
    if (!flow) throw new Error('the cookie holds no flow');
    const changed = encodeFlow({
      ...flow,
      followUp: { ...CODE, redirectUri: 'http://127.0.0.1:50000/evil' },
    });
    const back = `/v1/auth/oidc/callback?who=ada&state=${stateOf(location)}`;
    await expect(signIn.finishSignIn('oidc', back, `${name}=${changed}`)).rejects.toMatchObject({
      message: 'the state is not that of the sign-in under way in this browser',
    });
    expect(await signIn.finishSignIn('oidc', back, `a=b; ${pairOf(cookie)}; c=d`)).toMatchObject({
      profile: { subject: 'ada' },
      followUp: CODE,
    });
  });
});

describe('what follows a sign-in', () => {
  it.each([
    'https://127.0.0.1:40000/',
    'http://localhost:40000/',
    'http://127.0.0.1/',
    'http://127.0.0.1:40000@evil.example/',
    'http://user@127.0.0.1:40000/',
    'http://evil.example:40000/',
    'http://127.0.0.1.evil.example:40000/',
    'http://127.0.0.1:40000/#fragment',
    'http:\\\\127.0.0.1:40000/',
    'http://2130706433:40000/',
    'javascript://127.0.0.1:40000/',
    ' http://127.0.0.1:40000/',
    'coderclaw:done',
    '',
  ])('is never a code sent to %j', async (redirectUri) => {
    await expect(aSignIn().beginSignIn('oidc', { ...CODE, redirectUri })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'redirectUri' },
    });
  });

  it.each(['http://127.0.0.1:40000', 'http://127.0.0.1:40000/a?b=c', 'http://[::1]:40000/'])(
    'may be a code sent to %s',
    async (redirectUri) => {
      const { cookie } = await aSignIn().beginSignIn('oidc', { ...CODE, redirectUri });
      expect(decodeFlow(pairOf(cookie).split('=')[1] ?? '')?.followUp).toEqual({ ...CODE, redirectUri });
    },
  );

  it('is not a code without the challenge of the program that gets it', async () => {
    await expect(aSignIn().beginSignIn('oidc', { ...CODE, challenge: 'plain' })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'challenge' },
    });
  });
});

it.each(['github', 'myspace', '__proto__'])('nobody signs in with %s, which is not set up', async (kind) => {
  const missing = {
    code: 'not_found',
    message: `nobody signs in with ${kind} here`,
    details: { hint: 'there is: oidc' },
  };
  await expect(aSignIn().beginSignIn(kind, { kind: 'answer' })).rejects.toMatchObject(missing);
  await expect(aSignIn().finishSignIn(kind, '/?state=x', undefined)).rejects.toMatchObject(missing);
});

it('proves each sign-in with proofs of its own, each different from the others', () => {
  const flows = [1, 2].map(() => startFlow('oidc', { kind: 'answer' }, new Date(0)));
  const proofs = flows
    .map(proofsOf)
    .flatMap(({ state, nonce, verifier, challenge }) => [state, nonce, verifier, challenge]);
  expect(new Set([...proofs, ...flows.map(({ handle }) => handle)]).size).toBe(10);
});
