import { describe, expect, it } from 'vitest';
import { compilePolicy, decodePolicy, judge } from '#policy';
import type { Asked, CompileOptions } from '#policy';
import { APPROVAL_CASES } from './approval-keys.contract.js';
import { CASES, ada, agentPolicy, skillPolicy, withAgent, withSkill } from './keys.contract.js';

const verdict = (document: object, asked: Asked, options: Partial<CompileOptions> = {}) =>
  judge(
    compilePolicy([{ name: 'repository', document: decodePolicy(document) }], { local: false, ...options }),
    asked,
  );

describe('a key of a policy', () => {
  it.each([...CASES, ...APPROVAL_CASES])(
    '$key denies by itself',
    ({ document, without = {}, asked = ada, rule, missing = [], options }) => {
      expect(verdict(document, asked, options)).toMatchObject({
        allowed: false,
        rule,
        missing,
        needsApproval: false,
      });
      expect(verdict(without, asked, options)).toMatchObject({ allowed: true, missing: [] });
    },
  );

  it.each([
    ['allowedRoles', { allowedRoles: [] }],
    ['allowedUsers', { allowedUsers: [], deniedUsers: [] }],
    ['agentPolicies', { agentPolicies: [] }],
    [
      'agentPolicies[].allowedRoles',
      agentPolicy({ allowedRoles: [], allowedUsers: [], requiredPermissions: [] }),
    ],
    ['skillPolicies', { skillPolicies: [] }],
    [
      'skillPolicies[].allowedRoles',
      skillPolicy({ allowedRoles: [], allowedUsers: [], requiredPermissions: [] }),
    ],
    ['requiredSkills', { requiredSkills: [], deniedSkills: [] }],
    ['identity.providers', { identity: { providers: [] }, roles: {} }],
  ])('%s restricts nothing where it is empty', (_, document) => {
    expect(verdict(document, withSkill()).allowed).toBe(true);
  });

  it('requiresApproval lets through what a person has to approve', () => {
    const asks = skillPolicy({ requiresApproval: true });
    expect(verdict(asks, withSkill())).toMatchObject({ allowed: true, needsApproval: true });
    expect(verdict(skillPolicy({}), withSkill())).toMatchObject({ allowed: true, needsApproval: false });
    expect(verdict(asks, withAgent)).toMatchObject({ allowed: true, needsApproval: false });
  });

  it('a policy for one agent or skill says nothing about another', () => {
    const others = {
      ...agentPolicy({ deniedRoles: ['developer'] }),
      ...skillPolicy({ deniedRoles: ['developer'] }),
    };
    expect(verdict(others, { ...withAgent, agentId: 'echo' }).allowed).toBe(true);
    expect(verdict(others, { ...ada, skills: [{ id: 'other', dangerous: false }] }).allowed).toBe(true);
  });
});
