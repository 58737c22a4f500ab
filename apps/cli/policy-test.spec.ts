import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { POLICY, jsonLines, policyBench } from './policy-bench.contract.js';

const TESTS = `
tests:
  - name: a developer submits
    as: { user: ada, roles: [developer], trust: verified }
    permission: task:submit
    expect: allowed
  - name: a job does not
    as: { user: job, roles: [ci] }
    permission: task:submit
    expect: denied
    rule: repository.allowedRoles
`;

describe('a policy tested by a file', () => {
  let bench: Awaited<ReturnType<typeof policyBench>>;
  beforeEach(async () => {
    bench = await policyBench();
  });
  afterEach(() => bench.close());

  it('passes: exit code 0, each test a row, and how many passed', async () => {
    bench.write('security.yaml', POLICY);
    bench.write('policy-tests.yaml', TESTS);
    const { exitCode, stdout } = await bench.alone('test');
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/yes +a developer submits +allowed +roles/),
    ]);
    expect(stdout.trim().split('\n').at(-1)).toBe('2 of 2 passed');
  });

  it('fails: exit code 1, what was decided instead and by what; --json ends with the sum', async () => {
    bench.write('security.yaml', 'deniedUsers: [ada]\n');
    bench.write('other.yaml', TESTS);
    const { exitCode, stdout } = await bench.alone('test', '.coderClaw/other.yaml', '--json');
    expect(exitCode).toBe(1);
    expect(jsonLines(stdout)).toMatchObject([
      {
        name: 'a developer submits',
        passed: false,
        decision: 'denied',
        why: expect.stringContaining('repository.deniedUsers'),
      },
      {
        name: 'a job does not',
        passed: false,
        why: expect.stringContaining('expected repository.allowedRoles to decide, not roles'),
      },
      { tests: 2, failed: 2 },
    ]);
  });

  it('says all that is wrong with both files, with line and column: exit code 2', async () => {
    bench.write('security.yaml', 'allowedRoles: [nobody]\nminimumTrust: high\n');
    bench.write('policy-tests.yaml', 'tests:\n  - { name: a, as: { user: u }, expect: maybe }\n');
    const { exitCode, stderr } = await bench.alone('test');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/security\.yaml:1:\d+: .*nobody/);
    expect(stderr).toMatch(/security\.yaml:2:\d+/);
    expect(stderr).toMatch(/policy-tests\.yaml:2:\d+/);
  });

  it('is judged as in the mode that is asked for: a dangerous skill that nothing allows is denied elsewhere', async () => {
    bench.write(
      'policy-tests.yaml',
      'tests:\n  - { name: a, as: { user: u, roles: [developer], trust: verified }, skill: shell-exec, dangerous: true, expect: allowed }\n',
    );
    expect((await bench.alone('test')).exitCode).toBe(0);
    expect((await bench.alone('test', '--mode', 'remote-enabled')).exitCode).toBe(1);
  });

  it.each([[['test']], [['test', 'nowhere.yaml']], [['test', '--policy', 'nowhere.yaml']]])(
    'names a file that is not there: %j',
    async (argv) => {
      const { exitCode, stderr } = await bench.alone(...argv);
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/yaml cannot be read \(ENOENT\)/)]);
    },
  );
});
