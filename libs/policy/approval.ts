import type { ApprovalDocument } from './approval-schema.js';
import type { PolicyLayer } from './layer.js';
import { peopleOf } from './people.js';
import type { Restriction } from './restriction.js';

const MINUTE_MS = 60_000;

/** What is demanded of whoever approves, and how long they have. */
export type ApprovalRules = Readonly<{ people: readonly Restriction[]; expiresAfterMs?: number | undefined }>;

/** What every approval demands, and what those of some agents and skills demand besides. */
export type ApprovalPolicy = Readonly<{
  everybody: ApprovalRules;
  agents: ReadonlyMap<string, ApprovalRules>;
  skills: ReadonlyMap<string, ApprovalRules>;
}>;

/** What is to be approved: one use of a skill, or all that an agent would do for a task. */
export type ToApprove = Readonly<{ agentId: string; skillIds: readonly string[] }>;

/** The rules of all layers: whoever approves must meet every one, and has the shortest time that any leaves. */
export const compileApproval = (layers: readonly PolicyLayer[]): ApprovalPolicy => ({
  everybody: merged(layers.map(({ name, document }) => rulesOf(`${name}.approval`, document.approval))),
  agents: byId(layers, (name, { agentPolicies = [] }) =>
    agentPolicies.map(({ agentId, approval }) => [
      agentId,
      rulesOf(`${name}.agentPolicies[${agentId}].approval`, approval),
    ]),
  ),
  skills: byId(layers, (name, { skillPolicies = [] }) =>
    skillPolicies.map(({ skillId, approval }) => [
      skillId,
      rulesOf(`${name}.skillPolicies[${skillId}].approval`, approval),
    ]),
  ),
});

/** The rules for approving this. */
export function approvalRules(
  { everybody, agents, skills }: ApprovalPolicy,
  { agentId, skillIds }: ToApprove,
): ApprovalRules {
  return merged([everybody, agents.get(agentId), ...skillIds.map((id) => skills.get(id))]);
}

function rulesOf(place: string, document: ApprovalDocument = {}): ApprovalRules {
  const { allowedRoles, allowedUsers, notSubmitter, expiresAfterMinutes } = document;
  const others: readonly Restriction[] = notSubmitter
    ? [{ kind: 'notSubmitter', rule: `${place}.notSubmitter` }]
    : [];
  return {
    people: [...peopleOf(place, { allowedRoles, allowedUsers }), ...others],
    expiresAfterMs: expiresAfterMinutes === undefined ? undefined : expiresAfterMinutes * MINUTE_MS,
  };
}

function merged(rules: readonly (ApprovalRules | undefined)[]): ApprovalRules {
  const times = rules.flatMap((each) => each?.expiresAfterMs ?? []);
  return {
    people: rules.flatMap((each) => each?.people ?? []),
    ...(times.length === 0 ? {} : { expiresAfterMs: Math.min(...times) }),
  };
}

function byId(
  layers: readonly PolicyLayer[],
  entriesOf: (
    name: string,
    document: PolicyLayer['document'],
  ) => readonly (readonly [string, ApprovalRules])[],
): ReadonlyMap<string, ApprovalRules> {
  const rules = new Map<string, ApprovalRules>();
  for (const { name, document } of layers)
    for (const [id, each] of entriesOf(name, document)) rules.set(id, merged([rules.get(id), each]));
  return rules;
}
