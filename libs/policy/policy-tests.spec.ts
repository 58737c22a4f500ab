import { describe, expect, it } from 'vitest';
import { compilePolicy, decodePolicy, readPolicyTests, runPolicyTests } from '#policy';

const policy = compilePolicy(
  [
    {
      name: 'repository',
      document: decodePolicy({
        requiredSkills: ['scan'],
        agentPolicies: [{ agentId: 'code-modifier', allowedRoles: ['developer'] }],
        skillPolicies: [{ skillId: 'shell-exec', dangerous: true }, { skillId: 'lint' }],
      }),
    },
  ],
  { local: false },
);

const TESTS = `
tests:
  - name: a developer submits
    as: { user: ada, roles: [developer] }
    permission: task:submit
    expect: allowed
  - name: a job does not change code
    as: { user: job-1, roles: [ci], trust: verified }
    agent: code-modifier
    skills: [scan]
    expect: denied
    rule: repository.agentPolicies[code-modifier].allowedRoles
  - name: an unknown device runs no shell
    as: { user: ada, roles: [developer] }
    skill: shell-exec
    expect: denied
    rule: repository.skillPolicies[shell-exec].dangerous
  - name: an agent without the scanner is refused
    as: { user: ada, roles: [developer] }
    agent: code-modifier
    expect: denied
    rule: repository.requiredSkills
  - name: a skill may say of itself that it is dangerous
    as: { user: ada, roles: [developer], trust: untrusted }
    skill: lint
    dangerous: true
    expect: denied
  - name: a narrow token stays narrow
    as: { user: ada, roles: [admin], scope: [task:read] }
    permission: task:submit
    expect: denied
    rule: scope
`;

const read = (text: string) => {
  const { values, problems } = readPolicyTests(text, 'policy-tests.yaml');
  return {
    tests: values ?? [],
    problems: problems.map(({ where, field, message }) => `${where} ${field}: ${message}`),
  };
};

describe('tests of a policy', () => {
  it('pass where the policy decides as they expect, by the rule they name', () => {
    const { tests, problems } = read(TESTS);
    expect(problems).toEqual([]);
    const results = runPolicyTests(policy, tests);
    expect(results.map(({ passed }) => passed)).toEqual(Array.from({ length: 6 }, () => true));
    expect(results[0]).toEqual({
      name: 'a developer submits',
      passed: true,
      decision: 'allowed',
      rule: 'roles',
      reason: 'granted by your roles (developer)',
    });
  });

  it('fail with what was decided instead, and by what', () => {
    const { tests } = read(
      'tests:\n' +
        '  - { name: a, as: { user: u, roles: [ci] }, permission: task:cancel, expect: allowed }\n' +
        '  - { name: b, as: { user: u, roles: [ci] }, permission: task:cancel, expect: denied, rule: scope }\n',
    );
    expect(runPolicyTests(policy, tests).map(({ passed, why }) => [passed, why])).toEqual([
      [
        false,
        'expected allowed, was denied by roles: this needs task:cancel, not granted by your roles (ci)',
      ],
      [false, 'expected scope to decide, not roles'],
    ]);
  });

  it.each([
    [
      'tests: [{ name: a, as: { user: u }, expect: allowed }]',
      '1:9 tests.0: needs exactly one of permission, agent and skill',
    ],
    [
      'tests: [{ name: a, as: { user: u }, expect: allowed, agent: x, skill: y }]',
      '1:9 tests.0: needs exactly one of permission, agent and skill',
    ],
    ['tests: [{ name: a, as: { user: u }, expect: maybe, skill: y }]', '1:45 tests.0.expect: Invalid option'],
    [
      'tests: [{ name: a, as: { user: u }, expect: denied, permission: task:fly }]',
      '1:65 tests.0.permission: ',
    ],
    [
      'tests: [{ name: a, as: { user: u }, expect: denied, skill: x, skills: [y] }]',
      '1:71 tests.0.skills: skills are those that an agent declares',
    ],
    [
      'tests: [{ name: a, as: { user: u }, expect: denied, agent: x, dangerous: true }]',
      '1:74 tests.0.dangerous: is said of a skill',
    ],
    [
      'tests: [{ name: a, as: { user: u }, expect: denied, agent: x }, { name: a, as: { user: u }, expect: denied, agent: x }]',
      '1:73 tests.1.name: a has an entry already',
    ],
    ['{}', '1:1 tests: '],
  ])('are refused: %s', (text, problem) => {
    const { tests, problems } = read(text);
    expect(tests).toEqual([]);
    expect(problems).toEqual(
      expect.arrayContaining([expect.stringContaining(`policy-tests.yaml:${problem}`)]),
    );
  });
});
