import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import { PinoLogger } from './pino.logger.js';
import { REDACTED, redact } from './redact.js';

const SECRET = 'hunter2hunter2hunter2';

/** What the logger writes, as one text. */
function logged(fields: Readonly<Record<string, unknown>>, message = 'm'): string {
  const lines: string[] = [];
  new PinoLogger('info', { write: (line) => void lines.push(line) }).error(message, fields);
  return lines.join('');
}

const NAMES = [
  'authorization',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'Set-Cookie',
  'dpop',
  'DPoP',
  'password',
  'newPassword',
  'passwordHash',
  'token',
  'accessToken',
  'access_token',
  'refreshToken',
  'id_token',
  'secret',
  'clientSecret',
  'client_secret',
  'privateJwk',
  'privateKey',
  'x-api-key',
  'codeVerifier',
  'deviceCode',
] as const;

describe('a log', () => {
  it.each(NAMES)('never has the value of %s, at whatever depth', (name) => {
    for (const fields of [
      { [name]: SECRET },
      { request: { headers: { [name]: SECRET } } },
      { list: [{ [name]: [SECRET, SECRET] }] },
      { map: new Map([[name, SECRET]]) },
      { [name]: { nested: SECRET } },
      { [name]: Number('123456789') },
    ]) {
      expect(logged(fields)).not.toMatch(/hunter2|123456789/);
      expect(logged(fields)).toContain(REDACTED);
    }
  });

  it('never has a secret by a secret’s name, whatever is around it', () => {
    const around = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constant(SECRET).map((secret) => ({ clientSecret: secret })),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.jsonValue(),
      ),
    })).value;
    fc.assert(
      fc.property(around, (value) => {
        expect(logged({ value })).not.toContain(SECRET);
      }),
    );
  });

  it.each([
    ['an access token', `it was cc_at_${SECRET} of ann`],
    ['a refresh token', `cc_rt_${SECRET}`],
    ['a machine token', `"cc_pat_${SECRET}"`],
    ['an authorization', `sent Bearer ${SECRET} twice`],
    ['a proof', `DPoP ${SECRET}`],
    ['a name and password', `Authorization: Basic ${SECRET}==`],
    ['a JSON Web Token', `eyJhbGciOiJub25lIn0.${SECRET}.sig`],
    ['a password’s hash', `$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$${SECRET}`],
    ['an address with a password', `cannot reach postgres://app:${SECRET}@db:5432/mesh`],
    ['a code of a sign-in', `GET /v1/auth/oidc/callback?iss=x&code=${SECRET}&state=${SECRET}`],
    ['a private key', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`],
  ])('has no %s in its texts, wherever it stands', (_what, text) => {
    for (const line of [
      logged({}, text),
      logged({ hint: text }),
      logged({ error: new Error(text) }),
      logged({ error: new Error('outer', { cause: new MeshError('internal', text) }) }),
      logged({ error: new AggregateError([new Error(text)], 'several') }),
      logged({ nested: [{ text }] }),
    ])
      expect(line).not.toContain(SECRET);
  });

  it('has no private part of a key, and keeps the public one', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'public', d: SECRET };
    expect(redact({ jwk })).toEqual({ jwk: { ...jwk, d: REDACTED } });
    expect(redact({ point: { d: 'kept' } })).toEqual({ point: { d: 'kept' } });
  });

  it('tells an error with its code, details, stack and causes, and hides what their fields hold', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', config: { password: SECRET } });
    const error = new MeshError('unavailable', 'the database is away', { hint: 'wait' }, { cause });
    const told = JSON.parse(logged({ error })) as Record<string, unknown>;
    expect(told['error']).toMatchObject({
      type: 'MeshError',
      code: 'unavailable',
      message: 'the database is away',
      details: { hint: 'wait' },
      stack: expect.stringContaining('redact.spec.ts') as string,
      cause: { message: 'refused', code: 'ECONNREFUSED', config: { password: REDACTED } },
    });
  });

  it('keeps what only sounds like a secret, and whether one is there', () =>
    expect(
      redact({ maxTokens: 5, usage: { inputTokens: 7 }, token: undefined, secret: null, password: false }),
    ).toEqual({ maxTokens: 5, usage: { inputTokens: 7 }, token: undefined, secret: null, password: false }));

  it('ends, however the fields turn back on themselves, and however deep or long they are', () => {
    const circle: Record<string, unknown> = { at: new Date(0), bytes: Buffer.from(SECRET), big: 1n };
    circle['self'] = circle;
    const deep = Array.from({ length: 50 }).reduce<object>((inner) => ({ inner }), {});
    const told = redact({ circle, deep, long: Array.from({ length: 1000 }).fill(1) });
    expect(told['circle']).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      bytes: '[21 bytes]',
      big: '1',
      self: '[circular]',
    });
    expect(JSON.stringify(told['deep'])).toContain('[deep]');
    expect(told['long']).toHaveLength(101);
  });
});
