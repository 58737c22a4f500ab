import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#contract';
import { type OidcServer, startOidcServer } from '#test/identity/oidc-server';
import { PUBLIC_URL, signInApi } from '#test/identity/sign-in-api';
import type { BrowserSignIn } from './browser-sign-in.js';

const PATH = '/.well-known/openid-configuration';
const ANSWER = { kind: 'answer' } as const;

let server: OidcServer;
let api: BrowserSignIn;
let ms = 0;

beforeEach(async () => {
  server = await startOidcServer(`${PUBLIC_URL}/v1/auth/oidc/callback`);
  const clock = new (class extends SystemClock {
    override monotonicMs = () => ms;
  })();
  api = signInApi({ settings: { oidc: { issuer: server.issuer, clientId: server.publicClientId } }, clock });
});
afterEach(() => server.close());

const asked = () => server.proxy.asked.get(PATH);

describe('what a provider says about itself', () => {
  it('is asked for once for many at once, and again after an hour', async () => {
    await Promise.all([1, 2, 3].map(() => api.beginSignIn('oidc', ANSWER)));
    ms += 59 * 60_000;
    await api.beginSignIn('oidc', ANSWER);
    expect(asked()).toBe(1);
    ms += 2 * 60_000;
    await api.beginSignIn('oidc', ANSWER);
    expect(asked()).toBe(2);
  });

  it('is unavailable while the provider cannot answer, and asked for again when it can', async () => {
    server.proxy.tamper(PATH, (answer) => ({ ...answer, status: 503 }));
    await expect(api.beginSignIn('oidc', ANSWER)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${server.issuer} answers with status 503`,
    });
    server.proxy.tamper(PATH, (answer) => answer);
    expect((await api.beginSignIn('oidc', ANSWER)).location).toContain(server.issuer);
  });

  it('is unavailable where the provider is away', async () => {
    await server.close();
    await expect(api.beginSignIn('oidc', ANSWER)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`${server.issuer} cannot be reached: `),
    });
  });

  it('is not used where it names another issuer than the one that was asked', async () => {
    server.proxy.tamper(PATH, (answer) => ({
      ...answer,
      body: JSON.stringify({ ...(JSON.parse(answer.body) as object), issuer: 'https://evil.example' }),
    }));
    await expect(api.beginSignIn('oidc', ANSWER)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('issuer does not match the expected issuer'),
    });
  });
});
