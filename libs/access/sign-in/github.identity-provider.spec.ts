import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GitHubServer, startGitHub } from '#test/identity/github-server';
import { PUBLIC_URL, comingBack, secretFile, signInApi } from '#test/identity/sign-in-api';
import type { BrowserSignIn } from './browser-sign-in.js';

const OCTOCAT = { id: 583231, login: 'octocat', name: 'The Octocat', email: 'octocat@github.com' };

let github: GitHubServer;
let api: BrowserSignIn;

beforeEach(async () => {
  github = await startGitHub();
  github.signsInAs(OCTOCAT);
  api = apiWith(github.clientSecret);
});
afterEach(() => github.close());

const apiWith = (secret: string): BrowserSignIn => {
  const { url, clientId } = github;
  return signInApi({
    settings: { github: { clientId, clientSecretFile: secretFile(secret), baseUrl: url } },
  });
};

async function signIn(onTheWay: (url: URL) => void = () => undefined) {
  const { url, cookie } = await comingBack(api, 'github');
  onTheWay(url);
  return api.finishSignIn('github', url.href, cookie);
}

describe('a person who signs in with GitHub', () => {
  it('is the number of the account there, and is called as they are called', async () => {
    expect((await signIn()).profile).toEqual({
      issuer: github.url,
      subject: '583231',
      name: 'octocat',
      displayName: 'The Octocat',
      email: 'octocat@github.com',
    });
  });

  it('is the same under a new login, and somebody else with the same login and email is not', async () => {
    const before = await signIn();
    github.signsInAs({ ...OCTOCAT, login: 'renamed' });
    const renamed = await signIn();
    github.signsInAs({ ...OCTOCAT, id: 1 });
    const other = await signIn();
    expect(renamed.profile.subject).toBe(before.profile.subject);
    expect(other.profile).toMatchObject({ subject: '1', name: 'octocat', email: 'octocat@github.com' });
  });

  it('needs no name and no email there', async () => {
    github.signsInAs({ ...OCTOCAT, name: null, email: null });
    const { profile } = await signIn();
    expect(profile).toMatchObject({
      subject: '583231',
      name: 'octocat',
      email: undefined,
      displayName: undefined,
    });
  });

  it('is sent there with a state and PKCE, and for no scope', async () => {
    await signIn();
    expect(Object.fromEntries(github.lastRequest())).toEqual({
      client_id: github.clientId,
      response_type: 'code',
      redirect_uri: `${PUBLIC_URL}/v1/auth/github/callback`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  it('may come back with the issuer that GitHub names itself by', async () => {
    github.namesItself(`${github.url}/login/oauth`);
    expect((await signIn()).profile.subject).toBe('583231');
  });
});

it('shows a client secret that was replaced at once', async () => {
  const { url, clientId, clientSecret } = github;
  const clientSecretFile = secretFile('of-yesterday');
  api = signInApi({ settings: { github: { clientId, clientSecretFile, baseUrl: url } } });
  await expect(signIn()).rejects.toMatchObject({ code: 'internal' });
  writeFileSync(clientSecretFile, clientSecret);
  expect((await signIn()).profile.subject).toBe('583231');
  rmSync(clientSecretFile);
  await expect(signIn()).rejects.toMatchObject({
    code: 'internal',
    message: 'the file of github.clientSecretFile cannot be read any more',
  });
});

describe('a sign-in with GitHub is refused', () => {
  it('where the answer comes from another issuer', async () => {
    github.namesItself('https://evil.example');
    await expect(signIn()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the answer comes from another issuer than the one that was asked (GitHub)',
    });
  });

  it('with another state', async () => {
    await expect(signIn((url) => url.searchParams.set('state', 'x'))).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the state is not that of the sign-in under way in this browser',
    });
  });

  it('with the code of another sign-in: the verifier is not that one’s', async () => {
    const stolen = await comingBack(api, 'github');
    const swap = (url: URL) => url.searchParams.set('code', stolen.url.searchParams.get('code') ?? '');
    await expect(signIn(swap)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('GitHub does not take the code'),
    });
  });

  it('with a code that was redeemed before', async () => {
    const { url, cookie } = await comingBack(api, 'github');
    await api.finishSignIn('github', url.href, cookie);
    const elsewhere = apiWith(github.clientSecret);
    await expect(elsewhere.finishSignIn('github', url.href, cookie)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('GitHub does not take the code: it was used before'),
    });
  });

  it('and denied, where the person says no', async () => {
    github.signsInAs(null);
    await expect(signIn()).rejects.toMatchObject({
      code: 'access_denied',
      message: 'GitHub or the person there said no',
    });
  });

  it('where GitHub does not know this server', async () => {
    api = apiWith('not-the-secret');
    await expect(signIn()).rejects.toMatchObject({
      code: 'internal',
      message: 'GitHub does not know this server, or not with this client secret',
    });
  });

  it('where the API does not say who it was', async () => {
    github.signsInAs({ ...OCTOCAT, id: 0 });
    await expect(signIn()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'GitHub does not say who signed in (status 200)',
    });
  });

  it('as unavailable, where GitHub is away', async () => {
    const { url, cookie } = await comingBack(api, 'github');
    await github.close();
    await expect(api.finishSignIn('github', url.href, cookie)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
