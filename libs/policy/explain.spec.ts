import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy, decodePolicy, explain, judge } from '#policy';
import { anAsked, someLayers } from './arbitrary.contract.js';

const policy = compilePolicy(
  [
    {
      name: 'tenant',
      document: decodePolicy({ deniedUsers: ['mallory'], allowedRoles: ['developer', 'ci'] }),
    },
    {
      name: 'repository',
      document: decodePolicy({
        enforceTrust: true,
        minimumTrustLevel: 'verified',
        requiredSkills: ['scan'],
        agentPolicies: [{ agentId: 'shell', deniedRoles: ['ci'] }],
        skillPolicies: [{ skillId: 'exec', dangerous: true }],
        deniedSkills: ['lint'],
      }),
    },
  ],
  { local: false },
);

describe('an explanation', () => {
  it('tells every step in order, with its layer, what it demands, and why it did not pass', () => {
    const { verdict, steps } = explain(policy, {
      userId: 'ada',
      roles: ['ci'],
      permissions: ['task:submit', 'audit:read'],
      trust: 'untrusted',
      agentId: 'shell',
      skills: [
        { id: 'exec', dangerous: true },
        { id: 'lint', dangerous: false },
      ],
    });
    expect(verdict).toMatchObject({ allowed: false, rule: 'repository.agentPolicies[shell].deniedRoles' });
    expect(steps.map(({ layer, rule, demands, passed }) => [layer, rule, demands, passed])).toEqual([
      ['tenant', 'tenant.deniedUsers', 'not one of 1 denied users', true],
      ['tenant', 'tenant.allowedRoles', 'one of the roles developer, ci', true],
      ['repository', 'repository.agentPolicies[shell].deniedRoles', 'none of the roles ci', false],
      ['built in', 'roles', 'skill:execute for the skill exec', false],
      ['repository', 'repository.deniedSkills', 'nothing allows it', false],
      ['repository', 'repository.requiredSkills', 'an agent with the skills scan', false],
      ['built in', 'roles', 'task:submit, audit:read for this', false],
      ['built in', 'roles', 'agent:invoke for agent shell', true],
      ['repository', 'repository.skillPolicies[exec].dangerous', 'a device that is at least verified', false],
      ['repository', 'repository.minimumTrustLevel', 'a device that is at least verified', false],
    ]);
    expect(steps.map(({ why }) => why).filter((why) => why !== undefined)).toEqual([
      'the role ci is denied',
      'the skill exec needs skill:execute, not granted by your roles (ci)',
      'the skill lint is denied',
      'the agent lacks skills that every agent must have: scan',
      'this needs audit:read, not granted by your roles (ci)',
      'the skill exec is dangerous: it needs a device that is at least verified; this one is untrusted',
      'this needs a device that is at least verified; this one is untrusted',
    ]);
  });

  it('says which users are listed to nobody who merely asks', () => {
    const { steps } = explain(policy, { userId: 'ada', roles: [], permissions: [] });
    expect(JSON.stringify(steps)).not.toContain('mallory');
  });

  it('comes to the verdict of the judge, by the first step that did not pass', () => {
    fc.assert(
      fc.property(someLayers, anAsked, fc.boolean(), (layers, asked, local) => {
        const any = compilePolicy(layers, { local });
        const { verdict, steps } = explain(any, asked);
        const first = steps.find(({ passed }) => !passed);
        expect(verdict).toEqual(judge(any, asked));
        expect(verdict.allowed).toBe(first === undefined);
        expect(first?.rule ?? verdict.rule).toBe(verdict.rule);
        expect(first?.why ?? verdict.reason).toBe(verdict.reason);
      }),
      { numRuns: 1_000 },
    );
  });
});
