import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { cliIn } from './fake-cli.contract.js';
import { lastOf, rowsOf, servedBench } from './served-bench.contract.js';

/** One after the other, on one server: what a test makes, the next ones find. */
describe('an admin at the command line', { timeout: 120_000 }, () => {
  let bench: Awaited<ReturnType<typeof servedBench>>;
  beforeAll(async () => {
    bench = await servedBench();
    await bench.makeAda();
    await bench.admin('user', 'create', 'grace');
    await bench.login(bench.passwords.ada);
  });
  afterAll(() => bench.close());

  it('shows, sets and takes the roles of somebody, by name', async () => {
    expect(lastOf((await bench.admin('user', 'roles', 'ada')).stdout)).toEqual({
      roles: ['developer', 'readonly'],
    });
    expect(lastOf((await bench.admin('user', 'roles', 'ada', '--set', 'developer')).stdout)).toEqual({
      roles: ['developer'],
    });
    expect((await bench.admin('user', 'roles', 'ada', '--set', 'no-such-role')).exitCode).toBe(2);
    expect(lastOf((await bench.admin('user', 'roles', 'grace', '--none')).stdout)).toEqual({ roles: [] });
    expect((await bench.admin('user', 'roles', 'nobody')).exitCode).toBe(4);
    expect((await bench.ada('user', 'list')).exitCode).toBe(3);
  });

  it('gives somebody a token to choose a new password with, once', async () => {
    const { token } = lastOf((await bench.admin('user', 'reset-password', 'ada')).stdout);
    writeFileSync(join(bench.folder, 'reset'), `${String(token)}\n`);
    const argv = [
      'login',
      '--user',
      'ada',
      '--reset-token-file',
      'reset',
      '--password-file',
      '-',
      '--url',
      bench.url,
    ];
    expect((await bench.run(argv, bench.passwords.anew)).exitCode).toBe(0);
    expect((await bench.login(bench.passwords.ada)).exitCode).toBe(3);
    expect((await bench.login(bench.passwords.anew)).exitCode).toBe(0);
    expect((await bench.run(argv, bench.passwords.anew)).exitCode).toBe(3);
  });

  it('limits the tenant, and makes others, each with an admin of its own', async () => {
    const set = await bench.admin(
      'limits',
      'set',
      '--max-concurrent-tasks',
      '5',
      '--requests-per-minute',
      '1000',
    );
    expect(lastOf(set.stdout)).toMatchObject({ limits: { maxConcurrentTasks: 5, requestsPerMinute: 1000 } });
    await bench.admin('limits', 'set', '--requests-per-minute', 'none');
    expect(lastOf((await bench.admin('limits', 'show')).stdout)['limits']).toEqual({ maxConcurrentTasks: 5 });
    expect((await bench.admin('limits', 'set')).exitCode).toBe(2);
    const agents = [
      '--max-concurrent-tasks-per-agent',
      'shell=2',
      '--max-concurrent-tasks-per-agent',
      'echo=9',
    ];
    const shares = [
      '--max-concurrent-tasks-per-session',
      '3',
      '--max-queued-tasks',
      '70',
      '--session-weight',
      '2',
    ];
    expect(lastOf((await bench.admin('limits', 'set', ...agents, ...shares)).stdout)['limits']).toEqual({
      maxConcurrentTasks: 5,
      maxConcurrentTasksPerAgent: { shell: 2, echo: 9 },
      maxConcurrentTasksPerSession: 3,
      maxQueuedTasks: 70,
      sessionWeight: 2,
    });
    expect((await bench.admin('limits', 'set', '--max-concurrent-tasks-per-agent', 'shell')).exitCode).toBe(
      2,
    );
    await bench.admin('limits', 'set', '--max-concurrent-tasks-per-agent', 'none');
    const { limits } = lastOf((await bench.admin('limits', 'show')).stdout);
    expect(limits).not.toHaveProperty('maxConcurrentTasksPerAgent');
    const acme = await bench.run(['tenant', 'create', 'acme', '--admin', 'grace']);
    expect([acme.exitCode, acme.stdout]).toEqual([0, expect.stringMatching(/^cc_\S+\n$/)]);
    expect(acme.stderr).toContain('--tenant acme --user grace');
    expect(rowsOf((await bench.admin('tenant', 'list')).stdout).map(({ id }) => id)).toEqual([
      'acme',
      'default',
    ]);
    const token = join(bench.folder, 'reset');
    writeFileSync(token, acme.stdout);
    const other = cliIn(mkdtempSync(join(bench.folder, 'other-')));
    const flags = ['--json', '--url', bench.url];
    const who = ['--tenant', 'acme', '--user', 'grace', '--reset-token-file', token];
    const signedIn = await other.run(['login', ...who, '--password-file', '-', ...flags], plant('password'));
    expect([signedIn.exitCode, lastOf(signedIn.stdout)]).toMatchObject([
      0,
      { user: 'grace', roles: ['admin'] },
    ]);
    expect(lastOf((await other.run(['whoami', ...flags])).stdout)).toMatchObject({ tenant: 'acme' });
    expect(rowsOf((await other.run(['user', 'list', ...flags])).stdout).map(({ name }) => name)).toEqual([
      'grace',
    ]);
  });

  it('sets, shows and asks the policy of the tenant', async () => {
    writeFileSync(
      join(bench.folder, 'policy.yaml'),
      'skillPolicies:\n  - { skillId: shell-exec, dangerous: true, deniedUsers: [ada] }\n',
    );
    const set = await bench.admin('policy', 'set', 'policy.yaml');
    expect([set.exitCode, lastOf(set.stdout)['version']]).toEqual([0, 1]);
    expect(lastOf((await bench.admin('policy', 'show')).stdout)).toMatchObject({
      version: 1,
      policy: { skillPolicies: [{ deniedUsers: ['ada'] }] },
    });
    expect((await bench.admin('policy', 'set', 'policy.yaml', '--if-match', '0')).exitCode).toBe(5);
    const asked = ['--skill', 'shell-exec', '--as', 'ada', '--role', 'developer', '--trust', 'verified'];
    const denied = await bench.admin('policy', 'check', ...asked);
    expect([denied.exitCode, lastOf(denied.stdout)]).toMatchObject([
      3,
      { rule: 'tenant.skillPolicies[shell-exec].deniedUsers' },
    ]);
    const bob = await bench.admin(
      'policy',
      'explain',
      ...asked.map((word) => (word === 'ada' ? 'bob' : word)),
    );
    expect([bob.exitCode, lastOf(bob.stdout)]).toMatchObject([0, { allowed: true }]);
  });

  it('puts somebody out at once, and lets them in again', async () => {
    expect(lastOf((await bench.admin('user', 'disable', 'ada')).stdout)).toMatchObject({
      name: 'ada',
      disabledAt: expect.any(String),
    });
    expect((await bench.ada('whoami')).exitCode).toBe(3);
    expect((await bench.login(bench.passwords.anew)).exitCode).toBe(3);
    await bench.admin('user', 'enable', 'ada');
    expect((await bench.login(bench.passwords.anew)).exitCode).toBe(0);
  });
});
