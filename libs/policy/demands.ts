import type { Asked, AskedSkill } from './asked.js';
import type { CompiledPolicy, Rules, SkillRules } from './compiled-policy.js';
import type { Permission } from './permissions.js';
import type { Restriction } from './restriction.js';

const NONE: Rules = { people: [], devices: [] };

/** Whether it concerns nobody but the one who asks. */
export const isSelfService = ({ permissions, agentId, skills = [] }: Asked): boolean =>
  permissions.length === 0 && agentId === undefined && skills.length === 0;

/**
 * Everything that must be so for this to be allowed: people first, then permissions, then devices, each from what is
 * nearest to the thing asked for. The order decides only which of several reasons is told.
 */
export function demandsOn(policy: CompiledPolicy, asked: Asked): readonly Restriction[] {
  if (isSelfService(asked)) return policy.users;
  const agent = asked.agentId === undefined ? NONE : (policy.agents.get(asked.agentId) ?? NONE);
  const skills = (asked.skills ?? []).map((skill) => skillDemands(policy, asked, skill));
  return [
    ...policy.users,
    ...policy.everybody.people,
    ...agent.people,
    ...skills.flatMap(({ people }) => people),
    ...(asked.agentId === undefined ? [] : policy.requiredSkills),
    ...permissionsAsked(asked),
    ...skills.flatMap(({ devices }) => devices),
    ...agent.devices,
    ...policy.everybody.devices,
  ];
}

function permissionsAsked({ permissions, agentId }: Asked): readonly Restriction[] {
  const asked: readonly Restriction[] =
    permissions.length === 0 ? [] : [{ kind: 'permissions', rule: ROLES, permissions, what: 'this' }];
  return agentId === undefined ? asked : [...asked, granted('agent:invoke', `agent ${agentId}`)];
}

const ROLES = 'roles';

const granted = (permission: Permission, what: string): Restriction => ({
  kind: 'permissions',
  rule: ROLES,
  permissions: [permission],
  what,
});

function skillDemands(policy: CompiledPolicy, { agentId }: Asked, skill: AskedSkill): Rules {
  const rules = policy.skills.get(skill.id);
  const what = `the skill ${skill.id}`;
  if (isDangerous(skill, rules)) {
    const { people, devices } = rules ?? NONE;
    const danger = policy.local ? NONE : dangerDemands(policy, skill, rules);
    return {
      people: [...people, ...danger.people, granted('skill:execute', what)],
      devices: [...danger.devices, ...devices],
    };
  }
  if (agentId !== undefined) return rules ?? NONE;
  return {
    people: [...(rules?.people ?? []), granted('skill:execute', what)],
    devices: rules?.devices ?? [],
  };
}

export const isDangerous = (skill: AskedSkill, rules: SkillRules | undefined): boolean =>
  skill.dangerous || rules?.dangerous !== undefined;

/** A dangerous skill needs an entry that allows it, and a verified device, whatever else the policy says of trust. */
function dangerDemands(
  { listedBy }: CompiledPolicy,
  { id }: AskedSkill,
  rules: SkillRules | undefined,
): Rules {
  const rule = rules?.dangerous ?? `skill[${id}].dangerous`;
  const where = listedBy === undefined ? 'skillPolicies' : `${listedBy}.skillPolicies`;
  const unlisted = `the skill ${id} is dangerous, and no entry of ${where} allows it`;
  return {
    people: rules?.listed ? [] : [{ kind: 'never', rule, reason: unlisted }],
    devices: [{ kind: 'trust', rule, level: 'verified', what: `the skill ${id} is dangerous: it` }],
  };
}
