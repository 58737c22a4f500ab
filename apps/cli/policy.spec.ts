import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, scriptedServer } from './scripted-api.contract.js';

const POLICY = `
allowedRoles: [developer, admin]
agentPolicies:
  - { agentId: shell, deniedRoles: [ci], requireDeviceTrust: verified }
skillPolicies:
  - { skillId: shell-exec, dangerous: true }
`;

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

describe('the policy on the command line', () => {
  let server: Awaited<ReturnType<typeof scriptedServer>>;
  beforeEach(async () => {
    server = await scriptedServer();
    mkdirSync(join(server.folder, '.coderClaw'));
  });
  afterEach(() => server.close());

  const write = (name: string, text: string) => writeFileSync(join(server.folder, '.coderClaw', name), text);

  /** With no server anywhere. */
  const alone = async (...argv: readonly string[]) => {
    const call = server.start(['policy', ...argv]);
    const exitCode = await call.exitCode;
    return { exitCode, stdout: call.stdout(), stderr: call.stderr() };
  };
  const jsonLines = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  describe('tested by a file', () => {
    it('passes: exit code 0, each test a row, and how many passed', async () => {
      write('security.yaml', POLICY);
      write('policy-tests.yaml', TESTS);
      const { exitCode, stdout } = await alone('test');
      expect([exitCode, stdout]).toEqual([
        0,
        expect.stringMatching(/yes +a developer submits +allowed +roles/),
      ]);
      expect(stdout.trim().split('\n').at(-1)).toBe('2 of 2 passed');
    });

    it('fails: exit code 1, what was decided instead and by what; --json ends with the sum', async () => {
      write('security.yaml', 'deniedUsers: [ada]\n');
      write('other.yaml', TESTS);
      const { exitCode, stdout } = await alone('test', '.coderClaw/other.yaml', '--json');
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
      write('security.yaml', 'allowedRoles: [nobody]\nminimumTrust: high\n');
      write('policy-tests.yaml', 'tests:\n  - { name: a, as: { user: u }, expect: maybe }\n');
      const { exitCode, stderr } = await alone('test');
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/security\.yaml:1:\d+: .*nobody/);
      expect(stderr).toMatch(/security\.yaml:2:\d+/);
      expect(stderr).toMatch(/policy-tests\.yaml:2:\d+/);
    });

    it('is judged as in the mode that is asked for: a dangerous skill that nothing allows is denied elsewhere', async () => {
      write(
        'policy-tests.yaml',
        'tests:\n  - { name: a, as: { user: u, roles: [developer], trust: verified }, skill: shell-exec, dangerous: true, expect: allowed }\n',
      );
      expect((await alone('test')).exitCode).toBe(0);
      expect((await alone('test', '--mode', 'remote-enabled')).exitCode).toBe(1);
    });

    it.each([[['test']], [['test', 'nowhere.yaml']], [['test', '--policy', 'nowhere.yaml']]])(
      'names a file that is not there: %j',
      async (argv) => {
        const { exitCode, stderr } = await alone(...argv);
        expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/yaml cannot be read \(ENOENT\)/)]);
      },
    );
  });

  describe('asked with no server', () => {
    const ada = (trust: string) => ['--as', 'ada', '--role', 'developer', '--trust', trust];

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
      write('security.yaml', POLICY);
      const { exitCode, stdout } = await alone('check', ...flags);
      expect([exitCode, stdout]).toEqual([expected, expect.stringContaining(text)]);
    });

    it('tells each step', async () => {
      write('security.yaml', POLICY);
      const { exitCode, stdout } = await alone('explain', '--agent', 'shell', ...ada('untrusted'));
      expect(exitCode).toBe(3);
      expect(stdout).toMatch(/^PASSED +LAYER +RULE +DEMANDS +WHY NOT\n/);
      expect(stdout).toMatch(/NO +repository +repository\.agentPolicies\[shell\]\.requireDeviceTrust/);
    });

    it('does not know who asks where the mode is another than local-only', async () => {
      const { exitCode, stderr } = await alone(
        'check',
        '--permission',
        'task:read',
        '--mode',
        'remote-enabled',
        '--file',
        '.coderClaw/security.yaml',
      );
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('security.yaml cannot be read')]);
      write('security.yaml', POLICY);
      const asked = await alone(
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
      const { exitCode, stderr } = await alone(...argv);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
    });

    it('is shown as the file says', async () => {
      write('security.yaml', POLICY);
      const { exitCode, stdout } = await alone('show');
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining('allowedRoles:\n  - developer\n')]);
    });
  });

  describe('asked of a server', () => {
    it.each([['check'], ['explain']])(
      'sends what it is about (%s), and exits 3 if it is denied',
      async (verb) => {
        server.script({ 'POST /v1/policy/check': () => ({ verdict: VERDICT, steps: STEPS }) });
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
        const { exitCode, stdout } = await server.run(['policy', verb, ...flags]);
        expect(server.asked.map(({ body }) => body)).toEqual([
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
      server.script({ 'POST /v1/policy/check': () => ({ verdict: VERDICT, steps: STEPS }) });
      const { stdout } = await server.run(['policy', 'explain', '--permission', 'task:read', '--json']);
      expect(jsonLines(stdout)).toEqual([...STEPS, VERDICT]);
      expect(server.asked[0]?.body).toEqual({ permissions: ['task:read'] });
    });

    it('is not asked where a file is named', async () => {
      write('security.yaml', POLICY);
      const file = ['--file', '.coderClaw/security.yaml'];
      await server.run(['policy', 'check', '--permission', 'task:read', ...file]);
      await server.run(['policy', 'show', ...file]);
      expect(server.asked).toEqual([]);
    });

    it('is shown with its version', async () => {
      const policy = { allowedRoles: ['developer'] };
      server.script({ 'GET /v1/policy': () => ({ policy, version: 7, policyHash: 'abc' }) });
      const { stdout, stderr } = await server.run(['policy', 'show']);
      expect([stdout, stderr]).toEqual([
        'allowedRoles:\n  - developer\n',
        expect.stringContaining('# version 7'),
      ]);
    });

    it('is replaced at the version it was read at, or at the one that is named', async () => {
      write('security.yaml', POLICY);
      server.script({
        'GET /v1/policy': () => ({ policy: {}, version: 7, policyHash: 'abc' }),
        'PUT /v1/policy': () => ({ version: 8, policyHash: 'def' }),
      });
      const { exitCode, stdout } = await server.run(['policy', 'set', '.coderClaw/security.yaml']);
      expect([exitCode, stdout]).toEqual([0, 'the policy is replaced: version 8\n']);
      await server.run(['policy', 'set', '.coderClaw/security.yaml', '--if-match', '3']);
      const puts = server.asked.filter(({ method }) => method === 'PUT');
      expect(puts.map(({ headers }) => headers['if-match'])).toEqual(['"7"', '"3"']);
      expect(puts[0]?.body).toMatchObject({ allowedRoles: ['developer', 'admin'] });
    });

    it('is not replaced by what is none, nor over somebody else’s change', async () => {
      write('security.yaml', 'allowedRole: [developer]\n');
      const bad = await server.run(['policy', 'set', '.coderClaw/security.yaml']);
      expect([bad.exitCode, bad.stderr, server.asked]).toEqual([
        2,
        expect.stringContaining('security.yaml:1:1'),
        [],
      ]);
      write('security.yaml', POLICY);
      server.script({
        'PUT /v1/policy': () => answer(409, { code: 'version_conflict', detail: 'it is at 4' }),
      });
      const late = await server.run(['policy', 'set', '.coderClaw/security.yaml', '--if-match', '3']);
      expect([late.exitCode, late.stderr]).toEqual([5, expect.stringContaining('it is at 4')]);
    });
  });
});
