import { createPrivateKey, sign } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plant, watchFor } from '../planted-secrets.js';
import { leaksIn } from './find-leaks.js';
import { formsOf } from './forms.js';
import { RUN_FOLDER, keepOutput, readRun } from './run-folder.js';
import type { OutputKind } from './run-folder.js';

const LONG = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V';

const leaks = () => {
  const { outputs, secrets } = readRun();
  return outputs.flatMap((output) => leaksIn(output, secrets));
};

const hidden = ({ d = '' }: { d?: string }) => Buffer.from(d, 'base64url');

const leakOf = (text: string, kind: OutputKind = 'told') => {
  keepOutput('a-log', text, kind);
  return leaks().map(({ what }) => what);
};

describe('the search for leaks', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leaks-')); // what is leaked here is no leak of the run
    vi.stubEnv(RUN_FOLDER, folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['password', 'token', 'clientSecret'] as const)(
    'finds a planted %s, in tables at rest too',
    (kind) => {
      expect(leakOf(`{"msg":"so: ${plant(kind)}"}`, 'at-rest')).toEqual(['a planted secret']);
    },
  );

  it.each<[string, (secret: string) => string]>([
    ['in JSON in JSON', (secret) => JSON.stringify(JSON.stringify({ secret }))],
    ['in a URL', (secret) => `https://x/?p=${encodeURIComponent(secret)}`],
    ['in upper case', (secret) => secret.toUpperCase()],
    ['in hex', (secret) => Buffer.from(secret).toString('hex')],
    ['in base64 at the beginning', (secret) => Buffer.from(`${secret}x`).toString('base64')],
    ['in base64 behind a character', (secret) => Buffer.from(`u${secret}`).toString('base64')],
    ['in base64 behind two', (secret) => Buffer.from(`u:${secret}`).toString('base64')],
  ])('finds a planted one %s', (_where, told) => {
    expect(leakOf(told(plant('password')))).toContain('a planted secret');
  });

  it('plants a key that signs, and finds it as a JWK, in PEM and by its bytes', () => {
    const jwk = JSON.parse(plant('key')) as JsonWebKey;
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    expect(sign(null, Buffer.from('x'), key)).toHaveLength(64);
    expect(leakOf(JSON.stringify(jwk))).toEqual(['a planted secret', 'a private key']);
    for (const text of [
      key.export({ type: 'pkcs8', format: 'pem' }) as string,
      hidden(jwk).toString('hex'),
    ]) {
      keepOutput(`key-${text.length}`, text);
      expect(leaks().filter(({ output }) => output.includes(`key-${text.length}`))).not.toEqual([]);
    }
  });

  it('finds a secret that the product made, once it is told of it', () => {
    const made = `x/y"z${LONG}`;
    expect(leakOf(`it is ${made}`)).toEqual([]);
    watchFor('the token of the local server', made);
    expect(leaks().map(({ what }) => what)).toEqual(['the token of the local server']);
    for (const form of formsOf(made)) expect(leakOf(` ${form} `).length).toBeGreaterThan(0);
  });

  it.each([
    ['an access token', `cc_at_${LONG}`],
    ['a refresh token', `cc_rt_${LONG}`],
    ['a machine token', `cc_pat_${LONG}`],
    ['an authorization', `sent DPoP ${LONG}`],
    ['a header that only its two ends may know', `{"headers":{"cookie":"${LONG}"}}`],
    ['a header that only its two ends may know', `"{\\"Set-Cookie\\":\\"${LONG}\\"}"`],
    ['a header that only its two ends may know', `authorization: ${LONG}`],
    ['a private key', `{"kty":"OKP","x":"y","d":"${LONG}"}`],
    ['a private key', `"{\\"d\\":\\"${LONG}\\"}"`],
    ['a private key', '-----BEGIN EC PRIVATE KEY-----'],
    ['a JSON Web Token', `eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbm4ifQ.${LONG}`],
    ['a password’s hash', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'],
  ])('finds %s by its form, where somebody reads it', (what, text) => {
    expect(leakOf(text)).toEqual([what]);
    rmSync(folder, { recursive: true });
    expect(leakOf(text, 'at-rest')).toEqual([]);
  });

  it('takes nothing else for a secret', () => {
    const harmless = [
      'send it as "Authorization: Bearer <token>", or DPoP with a proof',
      '{"headers":{"authorization":"[redacted]"},"msg":"Bearer [redacted]"}',
      'Basic authentication is unsupported; the cookie: missing',
      '{"id":"0198c0de-0000-7000-8000-000000000001","d":"short","argumentsHash":"9f86d081884c7d659a2feaa0c55ad015"}',
      'cc_at_… is how an access token begins',
    ];
    expect(leakOf(harmless.join('\n'))).toEqual([]);
  });

  it('shows where a secret stands, and not the secret', () => {
    const secret = plant('token');
    keepOutput('server-stderr', `before ${secret} after`);
    keepOutput('server-stderr', ` cc_pat_${LONG} end`);
    for (const leak of leaks()) expect(JSON.stringify(leak)).not.toMatch(/plantedSecretZq|cc_pat_a1B2/);
    expect(leaks()[0]).toMatchObject({ output: expect.stringContaining('told/server-stderr') as string });
  });

  it('finds nothing where nothing was kept', () => expect(leaks()).toEqual([]));
});
