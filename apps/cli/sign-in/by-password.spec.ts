import { statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { answer } from '../scripted-api.contract.js';
import type { Asked } from '../scripted-api.contract.js';
import { signInBench, signedIn, tokens } from './sign-in-bench.contract.js';

type Proof = Readonly<{ header: { jwk: object }; claims: { htm: string; htu: string; ath?: string } }>;

const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as never;

const proofOf = ({ headers }: Asked): Proof => {
  const [header = '', claims = ''] = String(headers['dpop']).split('.');
  return { header: read(header), claims: read(claims) };
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

describe('signing in by name and password', () => {
  let server: Awaited<ReturnType<typeof signInBench>>;
  beforeEach(async () => {
    server = await signInBench();
  });
  afterEach(() => server.close());

  it('makes a key, has the tokens bound to it, enrols it, and keeps all for later calls', async () => {
    const given = tokens();
    server.script({ 'POST /v1/auth/local': () => given });
    const password = plant('password');
    const argv = ['login', '--user', 'ada', '--password-file', '-', '--device-name', 'laptop', '--json'];
    const { exitCode, stdout } = await server.run(argv, `${password}\n`);
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      0,
      {
        url: server.url,
        user: 'ada',
        sessionId: 's-1',
        roles: ['developer'],
        trust: 'verified',
        deviceId: 'd-1',
      },
    ]);
    const [asked] = server.to('/v1/auth/local');
    expect(asked?.body).toEqual({ name: 'ada', password });
    const [enrolled] = server.to('/v1/devices');
    if (!asked || !enrolled) throw new Error('not asked');
    const { header, claims } = proofOf(asked);
    expect(claims).toMatchObject({ htm: 'POST', htu: `${server.url}/v1/auth/local` });
    expect(enrolled.body).toEqual({ name: 'laptop', jwk: header.jwk });
    expect(enrolled.headers.authorization).toBe(`DPoP ${given.accessToken}`);
    expect(proofOf(enrolled).claims.ath).toBe(sha256(given.accessToken));
    const { privateJwk, ...rest } = server.kept()[server.url] ?? {};
    expect(rest).toMatchObject({
      user: 'ada',
      sessionId: 's-1',
      deviceId: 'd-1',
      accessToken: given.accessToken,
    });
    expect(privateJwk).toMatchObject({ ...header.jwk, d: expect.any(String) });
    expect(statSync(join(server.folder, '.coderClaw', 'credentials.json')).mode & 0o777).toBe(0o600);
  });

  it('is what later calls go by: with the kept token, signed by the key; a token that is given wins', async () => {
    const given = tokens();
    server.script({
      'POST /v1/auth/local': () => given,
      'GET /v1/agents': () => ({ agents: [] }),
      'GET /v1/audit': () => ({ entries: [] }),
    });
    await server.run(['login', '--user', 'ada', '--password-file', '-'], 'x');
    const found = [await server.run(['agents', 'list']), await server.run(['audit', 'query'])];
    expect(found.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const [agents, audit] = [...server.to('/v1/agents'), ...server.to('/v1/audit')];
    for (const asked of [agents, audit]) {
      if (!asked) throw new Error('not asked');
      expect(asked.headers.authorization).toBe(`DPoP ${given.accessToken}`);
      expect(proofOf(asked).claims.htu).toBe(`${server.url}${asked.path}`);
    }
    await server.run(['audit', 'query', '--token', 'another']);
    expect(server.to('/v1/audit').at(-1)?.headers).toMatchObject({ authorization: 'Bearer another' });
    expect(server.to('/v1/audit').at(-1)?.headers['dpop']).toBeUndefined();
  });

  it('asks for the roles and the session that were named', async () => {
    server.script({ 'POST /v1/auth/local': signedIn });
    const argv = [
      'login',
      '--user',
      'ada',
      '--role',
      'ci,readonly',
      '--role',
      'x',
      '--session',
      's',
      '--tenant',
      't',
    ];
    await server.run([...argv, '--password-file', '-'], 'secret');
    expect(server.to('/v1/auth/local')[0]?.body).toEqual({
      name: 'ada',
      password: 'secret',
      tenant: 't',
      roles: ['ci', 'readonly', 'x'],
      sessionId: 's',
    });
  });

  it('says why it was refused, and keeps nothing', async () => {
    const detail = 'name or password is wrong';
    server.script({ 'POST /v1/auth/local': () => answer(401, { code: 'unauthenticated', detail }) });
    const { exitCode, stderr } = await server.run(['login', '--user', 'ada', '--password-file', '-'], 'x');
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining(detail)]);
    expect(server.kept).toThrow('ENOENT');
  });

  it('keeps who is signed in where the machine cannot be enrolled, and says what to do', async () => {
    server.script({
      'POST /v1/auth/local': signedIn,
      'POST /v1/devices': () => answer(403, { code: 'access_denied', detail: 'too many devices' }),
    });
    const { exitCode, stderr } = await server.run(['login', '--user', 'ada', '--password-file', '-'], 'x');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('not enrolled: too many devices')]);
    expect(stderr).toContain('coderclaw device enroll');
    expect(server.kept()[server.url]?.['deviceId']).toBeUndefined();
  });

  it('makes no key if asked not to', async () => {
    server.script({ 'POST /v1/auth/local': () => tokens({ tokenType: 'Bearer' }) });
    await server.run(['login', '--user', 'ada', '--password-file', '-', '--no-device-key'], 'x');
    expect(server.asked.filter(({ headers }) => headers['dpop'])).toEqual([]);
    expect(server.to('/v1/devices')).toEqual([]);
    expect(server.kept()[server.url]?.['privateJwk']).toBeUndefined();
  });

  it('uses the key that the machine has already, so that it is the same device', async () => {
    server.script({ 'POST /v1/auth/local': signedIn });
    for (const user of ['ada', 'ada'])
      await server.run(['login', '--user', user, '--password-file', '-'], 'x');
    const keys = server.to('/v1/auth/local').map((asked) => JSON.stringify(proofOf(asked).header.jwk));
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
  });
});
