import { describe, expect, it } from 'vitest';
import { SystemClock } from '#contract';
import { secretFile } from '#test/identity/sign-in-api';
import { providersSchema } from '#settings';
import { providersOf } from './providers-of.js';

const SECRET = { clientId: 'mesh', clientSecretFile: '/run/secrets/client' };
const around = { publicUrl: 'https://mesh.example/', clock: new SystemClock() };

describe('the settings of identity providers', () => {
  it.each([
    ['an issuer by http elsewhere', { oidc: { issuer: 'http://idp.example', clientId: 'x' } }, 'oidc.issuer'],
    [
      'an issuer with a query',
      { oidc: { issuer: 'https://idp.example/?a=b', clientId: 'x' } },
      'oidc.issuer',
    ],
    ['an issuer with a user', { oidc: { issuer: 'https://u:p@idp.example', clientId: 'x' } }, 'oidc.issuer'],
    ['no client id', { oidc: { issuer: 'https://idp.example' } }, 'oidc.clientId'],
    ['Google without a secret', { google: { clientId: 'x' } }, 'google.clientSecretFile'],
    [
      'an email for a domain',
      { google: { ...SECRET, hostedDomain: 'a@example.com' } },
      'google.hostedDomain',
    ],
    ['GitHub by http', { github: { ...SECRET, baseUrl: 'http://ghe.example' } }, 'github.baseUrl'],
    ['its API by http', { github: { ...SECRET, apiUrl: 'http://ghe.example/api' } }, 'github.apiUrl'],
  ])('refuse %s', (_, settings, field) => {
    expect(providersSchema.safeParse(settings).error?.issues[0]?.path.join('.')).toBe(field);
  });

  it('have no place for a secret itself', () => {
    const parsed = providersSchema.safeParse({ github: { ...SECRET, clientSecret: 'x' } });
    expect(parsed.error?.issues[0]).toMatchObject({ code: 'unrecognized_keys', keys: ['clientSecret'] });
  });

  it('take http on this machine alone', () => {
    for (const issuer of ['http://127.0.0.1:4000', 'http://[::1]:4000', 'http://localhost:4000'])
      expect(providersSchema.safeParse({ oidc: { issuer, clientId: 'x' } }).success).toBe(true);
  });
});

describe('the providers of settings', () => {
  it('are those that are set up, and no other', () => {
    const clientSecretFile = secretFile('s3cret');
    const providers = providersOf({ github: { clientId: 'x', clientSecretFile } }, around);
    expect([...providers.keys()]).toEqual(['github']);
    expect(providersOf({}, around).size).toBe(0);
  });

  it.each([
    [
      'is not there',
      '/nowhere/secret',
      /^google\.clientSecretFile: \/nowhere\/secret cannot be read: ENOENT/,
    ],
    ['is empty', secretFile(' '), /^google\.clientSecretFile: .* is empty$/],
  ])('are refused where the file of a secret %s', (_, clientSecretFile, message) => {
    expect(() => providersOf({ google: { clientId: 'x', clientSecretFile } }, around)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringMatching(message),
        details: { field: 'google.clientSecretFile' },
      }),
    );
  });

  it('send people of github.com there, and back to where browsers reach this server', async () => {
    const clientSecretFile = secretFile('s3cret');
    const provider = providersOf({ github: { clientId: 'x', clientSecretFile } }, around).get('github');
    const url = await provider?.authorizationUrl({ state: 's', nonce: 'n', verifier: 'v', challenge: 'c' });
    expect(`${url?.origin}${url?.pathname}`).toBe('https://github.com/login/oauth/authorize');
    expect(url?.searchParams.get('redirect_uri')).toBe('https://mesh.example/v1/auth/github/callback');
  });
});
