import type { Asked, AskedSkill } from './asked.js';
import { approvalRules } from './approval.js';
import type { CompiledPolicy, Rules, SkillRules } from './compiled-policy.js';
import { ROLES, granted } from './restriction.js';
import type { Restriction } from './restriction.js';
import { NONE, usesOf } from './skill-uses.js';

/** Whether it concerns nobody but the one who asks. */
export const isSelfService = ({ permissions, agentId, skills = [] }: Asked): boolean =>
  permissions.length === 0 && agentId === undefined && skills.length === 0;

/**
 * Everything that must be so for this to be allowed, in groups, so that nothing is copied: people first, then
 * permissions, then devices, each from what is nearest to the thing asked for. The order decides only which of
 * several reasons is told.
 */
export function demandsOn(policy: CompiledPolicy, asked: Asked): readonly (readonly Restriction[])[] {
  if (isSelfService(asked)) return [policy.users];
  const { agentId, skills = [], approves } = asked;
  const agent = agentId === undefined ? NONE : (policy.agents.get(agentId) ?? NONE);
  const uses = skills
    .filter((skill) => isNeeded(policy, skill))
    .map((skill) => demandsOf(policy, agentId, skill));
  return [
    policy.users,
    policy.everybody.people,
    agent.people,
    ...uses.map(({ people }) => people),
    agentId === undefined ? [] : policy.requiredSkills,
    permissionsAsked(asked),
    approves ? approvalRules(policy.approval, approves).people : [],
    ...uses.map(({ devices }) => devices),
    agent.devices,
    policy.everybody.devices,
  ];
}

function permissionsAsked({ permissions, agentId }: Asked): readonly Restriction[] {
  const asked: readonly Restriction[] =
    permissions.length === 0 ? [] : [{ kind: 'permissions', rule: ROLES, permissions, what: 'this' }];
  return agentId === undefined ? asked : [...asked, granted('agent:invoke', `agent ${agentId}`)];
}

/** What is optional is not needed, but where the policy requires it. */
export const isNeeded = (policy: CompiledPolicy, { id, optional }: AskedSkill): boolean =>
  optional !== true ||
  policy.requiredSkills.some((each) => each.kind === 'skills' && each.required.includes(id));

/** What the use of one skill demands: of people, then of devices. */
export function demandsOf(policy: CompiledPolicy, agentId: string | undefined, skill: AskedSkill): Rules {
  const uses = policy.skillUses.get(skill.id) ?? usesOf(skill.id, undefined, policy);
  if (isDangerous(skill, policy.skills.get(skill.id))) return uses.dangerous;
  return agentId === undefined ? uses.direct : uses.declared;
}

export const isDangerous = (skill: AskedSkill, rules: SkillRules | undefined): boolean =>
  skill.dangerous || rules?.dangerous !== undefined;
