import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '#server';
import { plant } from '#test/planted-secrets';
import { cliIn } from './fake-cli.contract.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Row = Readonly<Record<string, unknown>>;

const rowsOf = (text: string): readonly Row[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);

const lastOf = (text: string): Row => rowsOf(text).at(-1) ?? {};

/** One after the other, on one server: what a test makes, the next ones find. */
describe('people on a real server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coderclaw-people-'));
  const { run } = cliIn(folder);
  const dataDir = join(folder, '.coderClaw', 'data');
  const passwords = { ada: plant('password'), anew: plant('password') };
  let server: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    mkdirSync(join(folder, '.git'));
    server = await serve({ workspace: folder, dataDir, port: 0, roles: ['api', 'projector', 'worker'] });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As the admin of this machine, over its socket. */
  const admin = (...argv: readonly string[]) => run([...argv, '--json']);
  /** As whoever signed in at the server's address. */
  const ada = (...argv: readonly string[]) => run([...argv, '--json', '--url', server.url ?? '']);
  const login = (password: string) =>
    run(['login', '--user', 'ada', '--password-file', '-', '--json', '--url', server.url ?? ''], password);

  it('are told who they are on their own machine, with no sign-in', async () => {
    const { exitCode, stdout } = await run(['whoami']);
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining('local-only: this machine’s user needs no sign-in'),
    ]);
    expect(lastOf((await admin('whoami')).stdout)).toMatchObject({
      roles: ['admin'],
      trust: 'trusted',
      via: 'socket',
    });
  });

  it('are made by an admin, with a password or a token to choose one', async () => {
    const argv = [
      'user',
      'create',
      'ada',
      '--role',
      'developer,readonly',
      '--email',
      'ada@example.org',
      '--json',
    ];
    const made = await run([...argv, '--password-file', '-'], passwords.ada);
    expect([made.exitCode, lastOf(made.stdout)]).toMatchObject([
      0,
      { user: { name: 'ada', roles: ['developer', 'readonly'] } },
    ]);
    const grace = await run(['user', 'create', 'grace']);
    expect([grace.exitCode, grace.stdout]).toEqual([0, expect.stringMatching(/^cc_\S+\n$/)]);
    expect(grace.stderr).toContain('--user grace --reset-token-file');
    expect(rowsOf((await admin('user', 'list')).stdout).map(({ name }) => name)).toEqual(['ada', 'grace']);
  });

  it('sign in: their machine is verified, and signs what they ask from then on', async () => {
    const { exitCode, stdout } = await login(passwords.ada);
    expect([exitCode, lastOf(stdout)]).toEqual([
      0,
      {
        url: server.url,
        user: 'ada',
        sessionId: expect.stringMatching(UUID),
        roles: ['developer', 'readonly'],
        trust: 'verified',
        deviceId: expect.stringMatching(UUID),
      },
    ]);
    expect(lastOf((await ada('whoami')).stdout)).toMatchObject({
      userName: 'ada',
      trust: 'verified',
      via: 'network',
    });
    expect((await ada('agents', 'list')).exitCode).toBe(0);
    expect((await ada('list')).exitCode).toBe(0);
  });

  it('with a wrong password are not signed in, and stay who they were', async () => {
    expect((await login(plant('password'))).exitCode).toBe(3);
    expect(lastOf((await ada('whoami')).stdout)).toMatchObject({ userName: 'ada' });
  });

  it('have sessions: one more with fewer roles, gone on with, listed and ended', async () => {
    const before = lastOf((await ada('whoami')).stdout);
    const made = await ada(
      'session',
      'create',
      '--role',
      'readonly',
      '--cancel-on-end',
      '--ttl',
      '600',
      '--use',
    );
    expect(lastOf(made.stdout)).toMatchObject({ session: { roles: ['readonly'], cancelOnEnd: true } });
    const now = lastOf((await ada('whoami')).stdout);
    expect([now['roles'], now['sessionId'] === before['sessionId'], now['trust']]).toEqual([
      ['readonly'],
      false,
      'verified',
    ]);
    const ids = rowsOf((await ada('session', 'list')).stdout).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([before['sessionId'], now['sessionId']]));
    const byName = rowsOf((await admin('session', 'list', '--user', 'ADA')).stdout).map(({ id }) => id);
    expect(byName).toEqual(ids);
    expect((await ada('session', 'end', String(now['sessionId']))).exitCode).toBe(0);
    const over = await ada('whoami');
    expect([over.exitCode, over.stderr]).toEqual([3, expect.stringContaining('coderclaw login')]);
    await login(passwords.ada);
  });

  it('have machines’ tokens: told once, narrow, usable at once, revoked at once', async () => {
    const made = await ada('token', 'create', 'nightly', '--scope', 'task:read', '--expires-in-days', '7');
    const { token, id, scope } = lastOf(made.stdout);
    expect([made.exitCode, scope]).toEqual([0, ['task:read']]);
    const asMachine = () => ada('list', '--token', String(token));
    expect((await asMachine()).exitCode).toBe(0);
    const listed = await ada('token', 'list');
    expect([rowsOf(listed.stdout).map((row) => row['id']), listed.stdout.includes(String(token))]).toEqual([
      [id],
      false,
    ]);
    expect((await ada('token', 'revoke', String(id))).exitCode).toBe(0);
    expect((await asMachine()).exitCode).toBe(3);
    const bare = await run(['token', 'create', 'bare', '--url', server.url ?? '']);
    expect(bare.stdout).toMatch(/^cc_pat_\S+\n$/);
  });

  it('have tokens that only their machine can use', async () => {
    const { token, jkt } = lastOf((await ada('token', 'create', 'bound', '--bound')).stdout);
    const [device] = rowsOf((await ada('device', 'list')).stdout);
    expect(jkt).toBe(device?.['jkt']);
    expect((await ada('list', '--token', String(token))).exitCode).toBe(3);
  });

  it('have devices: an admin trusts one, or says that it is not; enrolling again raises nothing', async () => {
    const [device] = rowsOf((await ada('device', 'list')).stdout);
    const id = String(device?.['id']);
    const trust = async () => lastOf((await ada('whoami')).stdout)['trust'];
    expect(lastOf((await admin('device', 'trust', id)).stdout)).toMatchObject({ id, trust: 'trusted' });
    await expect.poll(trust).toBe('trusted');
    await admin('device', 'trust', id, 'untrusted');
    await expect.poll(trust).toBe('untrusted');
    expect(lastOf((await ada('device', 'enroll')).stdout)).toMatchObject({ id, trust: 'untrusted' });
    expect((await ada('device', 'trust', id)).exitCode).toBe(3);
    expect((await admin('device', 'trust', id, 'somewhat')).exitCode).toBe(2);
  });

  it('who signed in without a key get one by enrolling, and their session goes on with it', async () => {
    const flags = ['--no-device-key', '--password-file', '-', '--json', '--url', server.url ?? ''];
    await run(['login', '--user', 'ada', ...flags], passwords.ada);
    const before = lastOf((await ada('whoami')).stdout);
    expect(before['trust']).toBe('untrusted');
    const device = lastOf((await ada('device', 'enroll', '--name', 'second')).stdout);
    expect(device).toMatchObject({ name: 'second', trust: 'verified' });
    const after = lastOf((await ada('whoami')).stdout);
    expect([after['trust'], after['sessionId']]).toEqual(['verified', before['sessionId']]);
    expect((await ada('device', 'revoke', String(device['id']))).exitCode).toBe(0);
    await login(passwords.ada);
  });

  it('have what their session remembers, version by version', async () => {
    expect(lastOf((await ada('memory', 'put', 'plan', '{"step":1}')).stdout)).toMatchObject({ version: 1 });
    expect(
      lastOf((await ada('memory', 'put', 'plan', '{"step":2}', '--if-match', '1')).stdout),
    ).toMatchObject({ version: 2 });
    expect((await ada('memory', 'put', 'plan', 'late', '--if-match', '1')).exitCode).toBe(5);
    expect((await ada('memory', 'put', 'plan', 'new', '--if-match', '0')).exitCode).toBe(5);
    const flags = ['--url', server.url ?? ''];
    await run(['memory', 'put', 'notes/today', '--file', '-', '--text', ...flags], '42');
    expect((await run(['memory', 'get', 'plan', ...flags])).stdout).toBe('{"step":2}\n');
    expect(lastOf((await ada('memory', 'get', 'notes/today')).stdout)).toMatchObject({ value: '42' });
    expect(rowsOf((await ada('memory', 'list')).stdout).map(({ key }) => key)).toEqual([
      'notes/today',
      'plan',
    ]);
    expect((await ada('memory', 'delete', 'plan')).exitCode).toBe(0);
    expect((await ada('memory', 'get', 'plan')).exitCode).toBe(4);
    expect((await ada('memory', 'put', 'both', 'x', '--file', 'y')).exitCode).toBe(2);
  });

  it('have roles that an admin shows, sets and takes', async () => {
    expect(lastOf((await admin('user', 'roles', 'ada')).stdout)).toEqual({
      roles: ['developer', 'readonly'],
    });
    expect(lastOf((await admin('user', 'roles', 'ada', '--set', 'developer')).stdout)).toEqual({
      roles: ['developer'],
    });
    expect((await admin('user', 'roles', 'ada', '--set', 'no-such-role')).exitCode).toBe(2);
    expect(lastOf((await admin('user', 'roles', 'grace', '--none')).stdout)).toEqual({ roles: [] });
    expect((await admin('user', 'roles', 'nobody')).exitCode).toBe(4);
    expect((await ada('user', 'list')).exitCode).toBe(3);
  });

  it('set a new password with the token that an admin made, and only once', async () => {
    const { token } = lastOf((await admin('user', 'reset-password', 'ada')).stdout);
    writeFileSync(join(folder, 'reset'), `${String(token)}\n`);
    const argv = [
      'login',
      '--user',
      'ada',
      '--reset-token-file',
      'reset',
      '--password-file',
      '-',
      '--url',
      server.url ?? '',
    ];
    expect((await run(argv, passwords.anew)).exitCode).toBe(0);
    expect((await login(passwords.ada)).exitCode).toBe(3);
    expect((await login(passwords.anew)).exitCode).toBe(0);
    expect((await run(argv, passwords.anew)).exitCode).toBe(3);
  });

  it('are limited by tenant, and other tenants are made with their first admin', async () => {
    const set = await admin('limits', 'set', '--max-concurrent-tasks', '5', '--requests-per-minute', '1000');
    expect(lastOf(set.stdout)).toMatchObject({ limits: { maxConcurrentTasks: 5, requestsPerMinute: 1000 } });
    await admin('limits', 'set', '--requests-per-minute', 'none');
    expect(lastOf((await admin('limits', 'show')).stdout)['limits']).toEqual({ maxConcurrentTasks: 5 });
    expect((await admin('limits', 'set')).exitCode).toBe(2);
    const acme = await run(['tenant', 'create', 'acme', '--admin', 'grace']);
    expect([acme.exitCode, acme.stdout]).toEqual([0, expect.stringMatching(/^cc_\S+\n$/)]);
    expect(acme.stderr).toContain('--tenant acme --user grace');
    expect(rowsOf((await admin('tenant', 'list')).stdout).map(({ id }) => id)).toEqual(['acme', 'default']);
    writeFileSync(join(folder, 'reset'), acme.stdout);
    const argv = [
      'login',
      '--tenant',
      'acme',
      '--user',
      'grace',
      '--reset-token-file',
      'reset',
      '--password-file',
      '-',
    ];
    const other = cliIn(mkdtempSync(join(folder, 'other-')));
    const token = join(folder, 'reset');
    const flags = ['--json', '--url', server.url ?? ''];
    const signedIn = await other.run(
      [...argv.map((word) => (word === 'reset' ? token : word)), ...flags],
      plant('password'),
    );
    expect([signedIn.exitCode, lastOf(signedIn.stdout)]).toMatchObject([
      0,
      { user: 'grace', roles: ['admin'] },
    ]);
    expect(lastOf((await other.run(['whoami', ...flags])).stdout)).toMatchObject({ tenant: 'acme' });
    expect(rowsOf((await other.run(['user', 'list', ...flags])).stdout).map(({ name }) => name)).toEqual([
      'grace',
    ]);
  });

  it('are under the policy of their tenant: set, shown, asked', async () => {
    writeFileSync(
      join(folder, 'policy.yaml'),
      'skillPolicies:\n  - { skillId: shell-exec, dangerous: true, deniedUsers: [ada] }\n',
    );
    const set = await admin('policy', 'set', 'policy.yaml');
    expect([set.exitCode, lastOf(set.stdout)['version']]).toEqual([0, 1]);
    expect(lastOf((await admin('policy', 'show')).stdout)).toMatchObject({
      version: 1,
      policy: { skillPolicies: [{ deniedUsers: ['ada'] }] },
    });
    expect((await admin('policy', 'set', 'policy.yaml', '--if-match', '0')).exitCode).toBe(5);
    const asked = ['--skill', 'shell-exec', '--as', 'ada', '--role', 'developer', '--trust', 'verified'];
    const denied = await admin('policy', 'check', ...asked);
    expect([denied.exitCode, lastOf(denied.stdout)]).toMatchObject([
      3,
      { rule: 'tenant.skillPolicies[shell-exec].deniedUsers' },
    ]);
    const bob = await admin('policy', 'explain', ...asked.map((word) => (word === 'ada' ? 'bob' : word)));
    expect([bob.exitCode, lastOf(bob.stdout)]).toMatchObject([0, { allowed: true }]);
  });

  it('who are disabled are out at once, and in again when they are enabled', async () => {
    expect(lastOf((await admin('user', 'disable', 'ada')).stdout)).toMatchObject({
      name: 'ada',
      disabledAt: expect.any(String),
    });
    expect((await ada('whoami')).exitCode).toBe(3);
    expect((await login(passwords.anew)).exitCode).toBe(3);
    await admin('user', 'enable', 'ada');
    expect((await login(passwords.anew)).exitCode).toBe(0);
  });

  it('sign out: what they had here is gone, there it is over', async () => {
    const device = String(lastOf((await ada('whoami')).stdout)['deviceId']);
    expect((await ada('logout')).exitCode).toBe(0);
    expect((await ada('whoami')).exitCode).toBe(3);
    const left = rowsOf((await admin('device', 'list')).stdout).map(({ id }) => id);
    expect(left).not.toContain(device);
  });
}, 120_000);
