import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { lastOf, rowsOf, servedBench } from './served-bench.contract.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One after the other, on one server: what a test makes, the next ones find. */
describe('people on a real server', { timeout: 120_000 }, () => {
  let bench: Awaited<ReturnType<typeof servedBench>>;
  beforeAll(async () => {
    bench = await servedBench();
  });
  afterAll(() => bench.close());

  it('are told who they are on their own machine, with no sign-in', async () => {
    const { exitCode, stdout } = await bench.run(['whoami']);
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining('local-only: this machine’s user needs no sign-in'),
    ]);
    expect(lastOf((await bench.admin('whoami')).stdout)).toMatchObject({
      roles: ['admin'],
      trust: 'trusted',
      via: 'socket',
    });
  });

  it('are made by an admin, with a password or a token to choose one', async () => {
    const made = await bench.makeAda();
    expect([made.exitCode, lastOf(made.stdout)]).toMatchObject([
      0,
      { user: { name: 'ada', roles: ['developer', 'readonly'] } },
    ]);
    const grace = await bench.run(['user', 'create', 'grace']);
    expect([grace.exitCode, grace.stdout]).toEqual([0, expect.stringMatching(/^cc_\S+\n$/)]);
    expect(grace.stderr).toContain('--user grace --reset-token-file');
    expect(rowsOf((await bench.admin('user', 'list')).stdout).map(({ name }) => name)).toEqual([
      'ada',
      'grace',
    ]);
  });

  it('sign in: their machine is verified, and signs what they ask from then on', async () => {
    const { exitCode, stdout } = await bench.login(bench.passwords.ada);
    expect([exitCode, lastOf(stdout)]).toEqual([
      0,
      {
        url: bench.url,
        user: 'ada',
        sessionId: expect.stringMatching(UUID),
        roles: ['developer', 'readonly'],
        trust: 'verified',
        deviceId: expect.stringMatching(UUID),
      },
    ]);
    expect(lastOf((await bench.ada('whoami')).stdout)).toMatchObject({
      userName: 'ada',
      trust: 'verified',
      via: 'network',
    });
    expect((await bench.ada('agents', 'list')).exitCode).toBe(0);
    expect((await bench.ada('list')).exitCode).toBe(0);
  });

  it('with a wrong password are not signed in, and stay who they were', async () => {
    expect((await bench.login(plant('password'))).exitCode).toBe(3);
    expect(lastOf((await bench.ada('whoami')).stdout)).toMatchObject({ userName: 'ada' });
  });

  it('have sessions: one more with fewer roles, gone on with, listed and ended', async () => {
    const before = lastOf((await bench.ada('whoami')).stdout);
    const made = await bench.ada(
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
    const now = lastOf((await bench.ada('whoami')).stdout);
    expect([now['roles'], now['sessionId'] === before['sessionId'], now['trust']]).toEqual([
      ['readonly'],
      false,
      'verified',
    ]);
    const ids = rowsOf((await bench.ada('session', 'list')).stdout).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([before['sessionId'], now['sessionId']]));
    const byName = rowsOf((await bench.admin('session', 'list', '--user', 'ADA')).stdout).map(({ id }) => id);
    expect(byName).toEqual(ids);
    expect((await bench.ada('session', 'end', String(now['sessionId']))).exitCode).toBe(0);
    const over = await bench.ada('whoami');
    expect([over.exitCode, over.stderr]).toEqual([3, expect.stringContaining('coderclaw login')]);
    await bench.login(bench.passwords.ada);
  });

  it('have machines’ tokens: told once, narrow, usable at once, revoked at once', async () => {
    const made = await bench.ada(
      'token',
      'create',
      'nightly',
      '--scope',
      'task:read',
      '--expires-in-days',
      '7',
    );
    const { token, id, scope } = lastOf(made.stdout);
    expect([made.exitCode, scope]).toEqual([0, ['task:read']]);
    const asMachine = () => bench.ada('list', '--token', String(token));
    expect((await asMachine()).exitCode).toBe(0);
    const listed = await bench.ada('token', 'list');
    expect([rowsOf(listed.stdout).map((row) => row['id']), listed.stdout.includes(String(token))]).toEqual([
      [id],
      false,
    ]);
    expect((await bench.ada('token', 'revoke', String(id))).exitCode).toBe(0);
    expect((await asMachine()).exitCode).toBe(3);
    const bare = await bench.run(['token', 'create', 'bare', '--url', bench.url]);
    expect(bare.stdout).toMatch(/^cc_pat_\S+\n$/);
  });

  it('have tokens that only their machine can use', async () => {
    const { token, jkt } = lastOf((await bench.ada('token', 'create', 'bound', '--bound')).stdout);
    const [device] = rowsOf((await bench.ada('device', 'list')).stdout);
    expect(jkt).toBe(device?.['jkt']);
    expect((await bench.ada('list', '--token', String(token))).exitCode).toBe(3);
  });

  it('have devices: an admin trusts one, or says that it is not; enrolling again raises nothing', async () => {
    const [device] = rowsOf((await bench.ada('device', 'list')).stdout);
    const id = String(device?.['id']);
    const trust = async () => lastOf((await bench.ada('whoami')).stdout)['trust'];
    expect(lastOf((await bench.admin('device', 'trust', id)).stdout)).toMatchObject({ id, trust: 'trusted' });
    await expect.poll(trust).toBe('trusted');
    await bench.admin('device', 'trust', id, 'untrusted');
    await expect.poll(trust).toBe('untrusted');
    expect(lastOf((await bench.ada('device', 'enroll')).stdout)).toMatchObject({ id, trust: 'untrusted' });
    expect((await bench.ada('device', 'trust', id)).exitCode).toBe(3);
    expect((await bench.admin('device', 'trust', id, 'somewhat')).exitCode).toBe(2);
  });

  it('who signed in without a key get one by enrolling, and their session goes on with it', async () => {
    const flags = ['--no-device-key', '--password-file', '-', '--json', '--url', bench.url];
    await bench.run(['login', '--user', 'ada', ...flags], bench.passwords.ada);
    const before = lastOf((await bench.ada('whoami')).stdout);
    expect(before['trust']).toBe('untrusted');
    const device = lastOf((await bench.ada('device', 'enroll', '--name', 'second')).stdout);
    expect(device).toMatchObject({ name: 'second', trust: 'verified' });
    const after = lastOf((await bench.ada('whoami')).stdout);
    expect([after['trust'], after['sessionId']]).toEqual(['verified', before['sessionId']]);
    expect((await bench.ada('device', 'revoke', String(device['id']))).exitCode).toBe(0);
    await bench.login(bench.passwords.ada);
  });

  it('have what their session remembers, version by version', async () => {
    expect(lastOf((await bench.ada('memory', 'put', 'plan', '{"step":1}')).stdout)).toMatchObject({
      version: 1,
    });
    expect(
      lastOf((await bench.ada('memory', 'put', 'plan', '{"step":2}', '--if-match', '1')).stdout),
    ).toMatchObject({ version: 2 });
    expect((await bench.ada('memory', 'put', 'plan', 'late', '--if-match', '1')).exitCode).toBe(5);
    expect((await bench.ada('memory', 'put', 'plan', 'new', '--if-match', '0')).exitCode).toBe(5);
    const flags = ['--url', bench.url];
    await bench.run(['memory', 'put', 'notes/today', '--file', '-', '--text', ...flags], '42');
    expect((await bench.run(['memory', 'get', 'plan', ...flags])).stdout).toBe('{"step":2}\n');
    expect(lastOf((await bench.ada('memory', 'get', 'notes/today')).stdout)).toMatchObject({ value: '42' });
    expect(rowsOf((await bench.ada('memory', 'list')).stdout).map(({ key }) => key)).toEqual([
      'notes/today',
      'plan',
    ]);
    expect((await bench.ada('memory', 'delete', 'plan')).exitCode).toBe(0);
    expect((await bench.ada('memory', 'get', 'plan')).exitCode).toBe(4);
    expect((await bench.ada('memory', 'put', 'both', 'x', '--file', 'y')).exitCode).toBe(2);
  });

  it('sign out: what they had here is gone, there it is over', async () => {
    const device = String(lastOf((await bench.ada('whoami')).stdout)['deviceId']);
    expect((await bench.ada('logout')).exitCode).toBe(0);
    expect((await bench.ada('whoami')).exitCode).toBe(3);
    const left = rowsOf((await bench.admin('device', 'list')).stdout).map(({ id }) => id);
    expect(left).not.toContain(device);
  });
});
