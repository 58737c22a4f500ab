import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { POLICY, policyBench } from './policy-bench.contract.js';

const ada = (trust: string) => ['--as', 'ada', '--role', 'developer', '--trust', trust];

describe('a policy asked with no server', () => {
  let bench: Awaited<ReturnType<typeof policyBench>>;
  beforeEach(async () => {
    bench = await policyBench();
  });
  afterEach(() => bench.close());

  it.each([
    [0, ['--permission', 'task:submit', ...ada('untrusted')], 'allowed by roles'],
    [3, ['--permission', 'audit:read', ...ada('trusted')], 'denied by roles'],
    [0, ['--agent', 'shell', ...ada('verified')], 'allowed by'],
    [
      3,
      ['--agent', 'shell', ...ada('untrusted')],
      'denied by repository.agentPolicies[shell].requireDeviceTrust',
    ],
    [3, ['--skill', 'shell-exec', '--as', 'job', '--role', 'ci'], 'denied by'],
    [0, ['--permission', 'config:write'], 'allowed by roles'],
  ])('answers with %i: %j', async (expected, flags, text) => {
    bench.write('security.yaml', POLICY);
    const { exitCode, stdout } = await bench.alone('check', ...flags);
    expect([exitCode, stdout]).toEqual([expected, expect.stringContaining(text)]);
  });

  it('tells each step', async () => {
    bench.write('security.yaml', POLICY);
    const { exitCode, stdout } = await bench.alone('explain', '--agent', 'shell', ...ada('untrusted'));
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^PASSED +LAYER +RULE +DEMANDS +WHY NOT\n/);
    expect(stdout).toMatch(/NO +repository +repository\.agentPolicies\[shell\]\.requireDeviceTrust/);
  });

  it('does not know who asks where the mode is another than local-only', async () => {
    const { exitCode, stderr } = await bench.alone(
      'check',
      '--permission',
      'task:read',
      '--mode',
      'remote-enabled',
      '--file',
      '.coderClaw/security.yaml',
    );
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('security.yaml cannot be read')]);
    bench.write('security.yaml', POLICY);
    const asked = await bench.alone(
      'check',
      '--permission',
      'task:read',
      '--mode',
      'remote-enabled',
      '--file',
      '.coderClaw/security.yaml',
    );
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('--as is needed')]);
  });

  it.each([
    [['check'], 'what should be allowed is not said'],
    [['check', '--permission', 'task:read', '--role', 'ci'], '--role and --trust describe somebody'],
    [['check', '--permission', 'task:fly'], 'It must be a list of'],
    [['check', '--permission', 'task:read', '--as', 'a', '--trust', 'much'], 'Allowed choices are'],
  ])('is wrong usage: %j', async (argv, message) => {
    const { exitCode, stderr } = await bench.alone(...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('is shown as the file says', async () => {
    bench.write('security.yaml', POLICY);
    const { exitCode, stdout } = await bench.alone('show');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('allowedRoles:\n  - developer\n')]);
  });
});
