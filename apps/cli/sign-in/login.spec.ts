import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { answer, scriptedServer } from '../scripted-api.contract.js';
import type { Asked, Route } from '../scripted-api.contract.js';

type Server = Awaited<ReturnType<typeof scriptedServer>>;

const ME = { userId: 'u-1', userName: 'ada', roles: ['developer'], trust: 'verified', sessionId: 's-1' };
const DEVICE = { id: 'd-1', name: 'laptop', trust: 'verified' };

const tokens = (changes: object = {}) => ({
  accessToken: plant('token'),
  tokenType: 'DPoP',
  expiresIn: 900,
  refreshToken: plant('token'),
  sessionId: 's-1',
  userId: 'u-1',
  ...changes,
});

type Proof = Readonly<{ header: { jwk: object }; claims: { htm: string; htu: string; ath?: string } }>;

const proofOf = ({ headers }: Asked): Proof => {
  const [header = '', claims = ''] = String(headers['dpop']).split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as never;
  return { header: read(header), claims: read(claims) };
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

describe('signing in', () => {
  let server: Server;
  beforeEach(async () => {
    server = await scriptedServer();
    server.script({ 'GET /v1/me': () => ME, 'POST /v1/devices': () => DEVICE });
  });
  afterEach(() => server.close());

  const kept = () =>
    JSON.parse(readFileSync(join(server.folder, '.coderClaw', 'credentials.json'), 'utf8')) as Record<
      string,
      Record<string, unknown>
    >;
  const to = (path: string) => server.asked.filter((asked) => asked.path === path);

  describe('by name and password', () => {
    const signedIn: Route = () => tokens();

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
      const [asked] = to('/v1/auth/local');
      expect(asked?.body).toEqual({ name: 'ada', password });
      const [enrolled] = to('/v1/devices');
      if (!asked || !enrolled) throw new Error('not asked');
      const { header, claims } = proofOf(asked);
      expect(claims).toMatchObject({ htm: 'POST', htu: `${server.url}/v1/auth/local` });
      expect(enrolled.body).toEqual({ name: 'laptop', jwk: header.jwk });
      expect(enrolled.headers.authorization).toBe(`DPoP ${given.accessToken}`);
      expect(proofOf(enrolled).claims.ath).toBe(sha256(given.accessToken));
      const { privateJwk, ...rest } = kept()[server.url] ?? {};
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
      const [agents, audit] = [...to('/v1/agents'), ...to('/v1/audit')];
      for (const asked of [agents, audit]) {
        if (!asked) throw new Error('not asked');
        expect(asked.headers.authorization).toBe(`DPoP ${given.accessToken}`);
        expect(proofOf(asked).claims.htu).toBe(`${server.url}${asked.path}`);
      }
      await server.run(['audit', 'query', '--token', 'another']);
      expect(to('/v1/audit').at(-1)?.headers).toMatchObject({ authorization: 'Bearer another' });
      expect(to('/v1/audit').at(-1)?.headers['dpop']).toBeUndefined();
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
      expect(to('/v1/auth/local')[0]?.body).toEqual({
        name: 'ada',
        password: 'secret',
        tenant: 't',
        roles: ['ci', 'readonly', 'x'],
        sessionId: 's',
      });
    });

    it('takes the password from a file, without its last newline', async () => {
      server.script({ 'POST /v1/auth/local': signedIn });
      writeFileSync(join(server.folder, 'pw'), 'two words\r\n');
      await server.run(['login', '--user', 'ada', '--password-file', 'pw']);
      expect(to('/v1/auth/local')[0]?.body).toMatchObject({ password: 'two words' });
    });

    it('asks on a terminal for name and password, and shows nothing of the password', async () => {
      server.script({ 'POST /v1/auth/local': signedIn });
      const call = server.start(['login', '--url', server.url], { tty: true });
      await expect.poll(call.stderr).toBe('User: ');
      call.stdin.write('ada\n');
      await expect.poll(call.stderr).toContain('Password of ada: ');
      call.stdin.write('wrongg\u007F\u0015right\u001B[D');
      call.stdin.write('!\r');
      expect(await call.exitCode).toBe(0);
      expect(to('/v1/auth/local')[0]?.body).toEqual({ name: 'ada', password: 'right!' });
      expect(call.stderr() + call.stdout()).not.toContain('right!');
    });

    it('is given up by Ctrl-C at the prompt: 130, and nothing is sent', async () => {
      const call = server.start(['login', '--user', 'ada', '--url', server.url], { tty: true });
      await expect.poll(call.stderr).toContain('Password of ada: ');
      call.stdin.write('half\u0003');
      expect([await call.exitCode, server.asked]).toEqual([130, []]);
    });

    it.each([
      [['--user', 'ada'], '--password-file is needed: there is no terminal to ask on'],
      [[], 'how to sign in is not said'],
      [['--user', 'ada', '--password-file', 'nowhere'], /--password-file: nowhere cannot be read \(ENOENT\)/],
      [['--user', 'ada', '--password-file', '-'], '--password-file: the standard input is empty'],
      [
        ['--user', 'ada', '--device-code'],
        "option '--user <name>' cannot be used with option '--device-code'",
      ],
    ])('is wrong usage without what it needs: %j', async (flags, message) => {
      const { exitCode, stderr } = await server.run(['login', ...flags]);
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
      expect(server.asked).toEqual([]);
    });

    it('says why it was refused, and keeps nothing', async () => {
      const detail = 'name or password is wrong';
      server.script({ 'POST /v1/auth/local': () => answer(401, { code: 'unauthenticated', detail }) });
      const { exitCode, stderr } = await server.run(['login', '--user', 'ada', '--password-file', '-'], 'x');
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining(detail)]);
      expect(kept).toThrow('ENOENT');
    });

    it('keeps who is signed in where the machine cannot be enrolled, and says what to do', async () => {
      server.script({
        'POST /v1/auth/local': signedIn,
        'POST /v1/devices': () => answer(403, { code: 'access_denied', detail: 'too many devices' }),
      });
      const { exitCode, stderr } = await server.run(['login', '--user', 'ada', '--password-file', '-'], 'x');
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining('not enrolled: too many devices')]);
      expect(stderr).toContain('coderclaw device enroll');
      expect(kept()[server.url]?.['deviceId']).toBeUndefined();
    });

    it('makes no key if asked not to', async () => {
      server.script({ 'POST /v1/auth/local': () => tokens({ tokenType: 'Bearer' }) });
      await server.run(['login', '--user', 'ada', '--password-file', '-', '--no-device-key'], 'x');
      expect(server.asked.filter(({ headers }) => headers['dpop'])).toEqual([]);
      expect(to('/v1/devices')).toEqual([]);
      expect(kept()[server.url]?.['privateJwk']).toBeUndefined();
    });

    it('uses the key that the machine has already, so that it is the same device', async () => {
      server.script({ 'POST /v1/auth/local': signedIn });
      for (const user of ['ada', 'ada'])
        await server.run(['login', '--user', user, '--password-file', '-'], 'x');
      const keys = to('/v1/auth/local').map((asked) => JSON.stringify(proofOf(asked).header.jwk));
      expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
    });
  });

  it('with the token of a reset sets the password anew, and goes on with it', async () => {
    server.script({ 'POST /v1/auth/password': () => undefined, 'POST /v1/auth/local': () => tokens() });
    writeFileSync(join(server.folder, 'reset'), 'cc_reset_x\n');
    writeFileSync(join(server.folder, 'pw'), 'a new one\n');
    const argv = ['login', '--user', 'ada', '--reset-token-file', 'reset', '--password-file', 'pw'];
    expect((await server.run(argv)).exitCode).toBe(0);
    expect(to('/v1/auth/password')[0]?.body).toEqual({ resetToken: 'cc_reset_x', password: 'a new one' });
    expect(to('/v1/auth/local')[0]?.body).toEqual({ name: 'ada', password: 'a new one' });
  });

  it('asks twice for a new password, and takes none that was mistyped', async () => {
    writeFileSync(join(server.folder, 'reset'), 'cc_reset_x');
    const argv = ['login', '--user', 'ada', '--reset-token-file', 'reset', '--url', server.url];
    const call = server.start(argv, { tty: true });
    call.stdin.write('one\rother\r'); // what is pasted at once answers both
    expect(await call.exitCode).toBe(2);
    expect(call.stderr()).toContain('the two were not the same');
    expect(server.asked).toEqual([]);
  });

  it('in local-only mode without a server’s address says that it is not needed', async () => {
    const call = server.start(['login']);
    expect(await call.exitCode).toBe(2);
    expect(call.stderr()).toContain('local-only mode needs no sign-in');
  });
});
