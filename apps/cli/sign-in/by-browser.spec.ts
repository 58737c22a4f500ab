import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { answer, scriptedServer } from '../scripted-api.contract.js';

const ME = { userId: 'u-1', userName: 'ada', roles: [], trust: 'untrusted', sessionId: 's-1' };

/** What the server does when the browser comes: it sends it back with a code, or with something else. */
const browsing = (back: (query: URLSearchParams) => Record<string, string>) => {
  const visited: URL[] = [];
  const openBrowser = (address: string) => {
    const url = new URL(address);
    visited.push(url);
    const target = new URL(url.searchParams.get('redirect_uri') ?? '');
    for (const [name, value] of Object.entries(back(url.searchParams))) target.searchParams.set(name, value);
    void fetch(target);
  };
  return { visited, openBrowser };
};

const login = ['login', '--provider', 'oidc'];

describe('signing in by an identity provider', () => {
  let server: Awaited<ReturnType<typeof scriptedServer>>;
  beforeEach(async () => {
    server = await scriptedServer();
    server.script({ 'GET /v1/auth/oidc': () => answer(302, {}) });
  });
  afterEach(() => server.close());

  it('shows the address, and brings the code that comes back with a verifier that only it has', async () => {
    server.script({
      'POST /v1/auth/token': () => ({
        accessToken: plant('token'),
        tokenType: 'DPoP',
        expiresIn: 900,
        refreshToken: plant('token'),
        sessionId: 's-1',
        userId: 'u-1',
      }),
      'GET /v1/me': () => ME,
      'POST /v1/devices': () => ({ id: 'd' }),
    });
    const { visited, openBrowser } = browsing((query) => ({
      code: 'one-time',
      state: query.get('state') ?? '',
    }));
    const call = server.start([...login, '--url', `${server.url}/`], { openBrowser });
    expect(await call.exitCode).toBe(0);
    const [address] = visited;
    expect(`${address?.origin}${address?.pathname}`).toBe(`${server.url}/v1/auth/oidc`);
    expect(call.stderr()).toContain(String(address));
    const { code_verifier: verifier, ...body } = (server.asked[1]?.body ?? {}) as Record<string, string>;
    expect(body).toEqual({ grant_type: 'authorization_code', code: 'one-time' });
    const challenge = createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url');
    expect(address?.searchParams.get('code_challenge')).toBe(challenge);
    expect(String(address)).not.toContain(verifier);
    expect(server.asked[1]?.headers['dpop']).toBeDefined();
  });

  it('says so when the person or the provider says no', async () => {
    const { openBrowser } = browsing((query) => ({
      error: 'access_denied',
      state: query.get('state') ?? '',
    }));
    const call = server.start([...login, '--url', server.url], { openBrowser });
    expect(await call.exitCode).toBe(3);
    expect(call.stderr()).toContain('the sign-in was refused: access_denied');
    expect(server.asked.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each([
    ['not_found', 404, 2, /oidc is not set up.*\n(.*\n)* {2}next: there is: github; .*identity\.oidc/],
    ['unavailable', 503, 5, /the provider is away/],
  ])(
    'ends at once, before any browser, where the server answers %s',
    async (code, status, exitCode, said) => {
      const problem = { code, detail: 'the provider is away', hint: 'there is: github' };
      server.script({ 'GET /v1/auth/oidc': () => answer(status, problem) });
      const { visited, openBrowser } = browsing(() => ({}));
      const call = server.start([...login, '--url', server.url], { openBrowser });
      expect([await call.exitCode, visited]).toEqual([exitCode, []]);
      expect(call.stderr()).toMatch(said);
    },
  );

  it('passes on why the code was not taken', async () => {
    const detail = 'the code was used before';
    server.script({ 'POST /v1/auth/token': () => answer(400, { code: 'unauthenticated', detail }) });
    const { openBrowser } = browsing((query) => ({ code: 'used', state: query.get('state') ?? '' }));
    const call = server.start([...login, '--url', server.url], { openBrowser });
    expect([await call.exitCode, call.stderr()]).toEqual([3, expect.stringContaining(detail)]);
  });
});
