import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { POLICY, jsonLines, policyBench } from './policy-bench.contract.js';
import { answer } from './scripted-api.contract.js';

const VERDICT = {
  allowed: false,
  rule: 'tenant.allowedRoles',
  reason: 'not one of developer',
  missing: ['role:developer'],
  policyHash: 'abc',
  needsApproval: false,
};
const STEPS = [
  { layer: 'built in', rule: 'roles', demands: 'task:submit for this', passed: true },
  {
    layer: 'tenant',
    rule: 'tenant.allowedRoles',
    demands: 'one of the roles developer',
    passed: false,
    why: 'no\u001B[2J',
  },
];

describe('a policy asked of a server', () => {
  let bench: Awaited<ReturnType<typeof policyBench>>;
  beforeEach(async () => {
    bench = await policyBench();
  });
  afterEach(() => bench.close());

  it.each([['check'], ['explain']])(
    'sends what it is about (%s), and exits 3 if it is denied',
    async (verb) => {
      bench.script({ 'POST /v1/policy/check': () => ({ verdict: VERDICT, steps: STEPS }) });
      const flags = [
        '--permission',
        'task:submit,task:read',
        '--agent',
        'a',
        '--skill',
        's',
        '--as',
        'u',
        '--role',
        'r',
        '--trust',
        'trusted',
      ];
      const { exitCode, stdout } = await bench.run(['policy', verb, ...flags]);
      expect(bench.asked.map(({ body }) => body)).toEqual([
        {
          as: { userId: 'u', roles: ['r'], trust: 'trusted' },
          permissions: ['task:submit', 'task:read'],
          agentId: 'a',
          skillId: 's',
        },
      ]);
      expect([exitCode, stdout]).toEqual([
        3,
        expect.stringContaining('denied by tenant.allowedRoles: not one of developer'),
      ]);
      expect(stdout).not.toContain('\u001B');
    },
  );

  it('ends --json with the verdict', async () => {
    bench.script({ 'POST /v1/policy/check': () => ({ verdict: VERDICT, steps: STEPS }) });
    const { stdout } = await bench.run(['policy', 'explain', '--permission', 'task:read', '--json']);
    expect(jsonLines(stdout)).toEqual([...STEPS, VERDICT]);
    expect(bench.asked[0]?.body).toEqual({ permissions: ['task:read'] });
  });

  it('is not asked where a file is named', async () => {
    bench.write('security.yaml', POLICY);
    const file = ['--file', '.coderClaw/security.yaml'];
    await bench.run(['policy', 'check', '--permission', 'task:read', ...file]);
    await bench.run(['policy', 'show', ...file]);
    expect(bench.asked).toEqual([]);
  });

  it('is shown with its version', async () => {
    const policy = { allowedRoles: ['developer'] };
    bench.script({ 'GET /v1/policy': () => ({ policy, version: 7, policyHash: 'abc' }) });
    const { stdout, stderr } = await bench.run(['policy', 'show']);
    expect([stdout, stderr]).toEqual([
      'allowedRoles:\n  - developer\n',
      expect.stringContaining('# version 7'),
    ]);
  });

  it('is replaced at the version it was read at, or at the one that is named', async () => {
    bench.write('security.yaml', POLICY);
    bench.script({
      'GET /v1/policy': () => ({ policy: {}, version: 7, policyHash: 'abc' }),
      'PUT /v1/policy': () => ({ version: 8, policyHash: 'def' }),
    });
    const { exitCode, stdout } = await bench.run(['policy', 'set', '.coderClaw/security.yaml']);
    expect([exitCode, stdout]).toEqual([0, 'the policy is replaced: version 8\n']);
    await bench.run(['policy', 'set', '.coderClaw/security.yaml', '--if-match', '3']);
    const puts = bench.asked.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ headers }) => headers['if-match'])).toEqual(['"7"', '"3"']);
    expect(puts[0]?.body).toMatchObject({ allowedRoles: ['developer', 'admin'] });
  });

  it('is not replaced by what is none, nor over somebody else’s change', async () => {
    bench.write('security.yaml', 'allowedRole: [developer]\n');
    const bad = await bench.run(['policy', 'set', '.coderClaw/security.yaml']);
    expect([bad.exitCode, bad.stderr, bench.asked]).toEqual([
      2,
      expect.stringContaining('security.yaml:1:1'),
      [],
    ]);
    bench.write('security.yaml', POLICY);
    bench.script({
      'PUT /v1/policy': () => answer(409, { code: 'version_conflict', detail: 'it is at 4' }),
    });
    const late = await bench.run(['policy', 'set', '.coderClaw/security.yaml', '--if-match', '3']);
    expect([late.exitCode, late.stderr]).toEqual([5, expect.stringContaining('it is at 4')]);
  });
});
