import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '#platform';
import { readSecurityPolicy } from '#policy';
import { plant } from '#test/planted-secrets';
import { freshDatabase } from '#test/servers';
import { scriptedServer } from './scripted-api.contract.js';

describe('init', () => {
  let server: Awaited<ReturnType<typeof scriptedServer>>;
  beforeEach(async () => {
    server = await scriptedServer();
    mkdirSync(join(server.folder, '.git'));
  });
  afterEach(() => server.close());

  const init = async (
    argv: readonly string[],
    { stdin = '', env = {} }: { stdin?: string; env?: NodeJS.ProcessEnv } = {},
  ) => {
    const call = server.start(['init', ...argv], { env: { TERM: 'dumb', ...env } });
    call.stdin.end(stdin);
    return { exitCode: await call.exitCode, stdout: call.stdout(), stderr: call.stderr() };
  };

  /** The file as it is once its settings are no comments any more. */
  const uncommented = (name: string): string => {
    const file = join(server.folder, '.coderClaw', name);
    const text = readFileSync(file, 'utf8')
      .replace(/^mode: local-only$/m, '')
      .replaceAll(/^#(?=[a-z]+:|  )/gim, '');
    writeFileSync(file, text);
    return text;
  };

  describe('in local-only mode', () => {
    it('writes files to start from, and says that nothing else is needed', async () => {
      const { exitCode, stderr } = await init([]);
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Nothing else is needed')]);
      const folder = join(server.folder, '.coderClaw');
      expect(readdirSync(folder).toSorted()).toEqual([
        '.gitignore',
        'policy-tests.yaml',
        'runtime.yaml',
        'security.yaml',
      ]);
      expect(loadConfig({ cwd: server.folder, env: {}, home: '/nowhere' }).mode).toBe('local-only');
      expect(readSecurityPolicy(readFileSync(join(folder, 'security.yaml'), 'utf8'), 'x').values).toEqual({});
    });

    it('writes nothing into them that is wrong once it is no comment', async () => {
      await init([]);
      uncommented('runtime.yaml');
      const config = loadConfig({ cwd: server.folder, env: {}, home: '/nowhere' });
      expect(config).toMatchObject({ mode: 'remote-enabled', http: { publicUrl: 'https://mesh.example' } });
      const policy = readSecurityPolicy(uncommented('security.yaml'), 'security.yaml');
      expect([policy.problems, Object.keys(policy.values ?? {}).length]).toEqual([[], 7]);
    });

    it('writes tests that the policy passes, as it is written and with all its rules in force', async () => {
      await init([]);
      const test = (mode: string) => server.run(['policy', 'test', '--mode', mode]);
      expect(await test('local-only')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('3 of 3'),
      });
      uncommented('security.yaml');
      uncommented('policy-tests.yaml');
      expect(await test('remote-enabled')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('4 of 4'),
      });
      const path = join(server.folder, '.coderClaw', 'policy-tests.yaml');
      writeFileSync(path, readFileSync(path, 'utf8').replace('expect: allowed', 'expect: denied'));
      expect(await test('local-only')).toMatchObject({ exitCode: 1 });
    });

    it('leaves what is there as it is', async () => {
      mkdirSync(join(server.folder, '.coderClaw'));
      writeFileSync(join(server.folder, '.coderClaw', 'runtime.yaml'), 'log: { level: error }\n');
      const { stdout } = await init(['--json']);
      const rows = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { path: string; state: string });
      expect(rows.map(({ path, state }) => [path.slice(server.folder.length), state])).toEqual([
        ['/.coderClaw/runtime.yaml', 'kept'],
        ['/.coderClaw/security.yaml', 'written'],
        ['/.coderClaw/policy-tests.yaml', 'written'],
        ['/.coderClaw/.gitignore', 'written'],
      ]);
      expect(readFileSync(join(server.folder, '.coderClaw', 'runtime.yaml'), 'utf8')).toBe(
        'log: { level: error }\n',
      );
    });

    it.each([[['--name', 'ada']], [['--one-time-token']]])('makes no admin: %j', async (argv) => {
      const { exitCode, stderr } = await init(argv);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('local-only mode has no first admin')]);
    });
  });

  describe('in a remote mode', () => {
    it('makes the first admin in the configured database, and says what is next; then nobody else', async () => {
      const database = await freshDatabase();
      const env = { CODERCLAW_MODE: 'remote-enabled', CODERCLAW_DATABASE_URL: database.url };
      const password = plant('password');
      const token = await init(['--one-time-token'], { env });
      expect([token.exitCode, token.stdout]).toEqual([0, expect.stringMatching(/^cc_\S+\n$/)]);
      const argv = ['--name', 'ada', '--password-file', '-'];
      const made = await init(argv, { env, stdin: `${password}\n` });
      expect([made.exitCode, made.stdout]).toEqual([0, expect.stringContaining('ada is the first admin')]);
      expect(made.stderr).toContain('coderclaw login');
      const again = await init(argv, { env, stdin: `${password}\n` });
      expect([again.exitCode, again.stderr]).toEqual([
        3,
        expect.stringContaining('there is an admin already'),
      ]);
      expect(JSON.stringify([made, again])).not.toContain(password);
      await database.drop();
    });

    it('says what is missing: the name, the password, the database', async () => {
      const env = { CODERCLAW_MODE: 'remote-enabled' };
      const found = [
        await init([], { env }),
        await init(['--name', 'ada'], { env }),
        await init(['--name', 'ada', '--password-file', '-'], { env, stdin: plant('password') }),
      ];
      expect(found.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
      for (const [at, field] of ['--name', '--password-file', 'database.url'].entries())
        expect(found[at]?.stderr).toContain(field);
    });
  });

  it('makes the first admin of a server with its one-time token, and is signed in', async () => {
    server.script({
      'POST /v1/auth/setup': () => ({
        accessToken: plant('token'),
        tokenType: 'DPoP',
        expiresIn: 900,
        refreshToken: plant('token'),
        sessionId: 's-1',
        userId: 'u-1',
      }),
      'GET /v1/me': () => ({ userId: 'u-1', userName: 'ada', roles: ['admin'], trust: 'verified' }),
      'POST /v1/devices': () => ({ id: 'd' }),
    });
    const [token, password] = [plant('token'), plant('password')];
    const argv = ['--name', 'ada', '--password-file', '-'];
    const env = { CODERCLAW_URL: server.url, CODERCLAW_TOKEN: token };
    const { exitCode, stdout } = await init(argv, { env, stdin: password });
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining(`signed in to ${server.url} as ada (admin)`),
    ]);
    expect(server.asked[0]?.body).toEqual({ token, name: 'ada', password });
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
    const without = await init(argv, { env: { CODERCLAW_URL: server.url }, stdin: password });
    expect([without.exitCode, without.stderr]).toEqual([2, expect.stringContaining('CODERCLAW_TOKEN')]);
  });
});
