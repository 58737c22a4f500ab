import type { Asked } from '#policy';
import { ada, agentPolicy, skillPolicy } from './keys.contract.js';
import type { Case } from './keys.contract.js';

/** Approves what they asked for themselves, with a role that may approve. */
export const approving: Asked = {
  ...ada,
  roles: ['admin'],
  permissions: ['task:approve'],
  approves: { agentId: 'shell', skillIds: ['lint'], submitterId: 'u-1' },
};

const PLACES = {
  approval: { at: 'approval', in: (rules: object) => rules },
  'agentPolicies.approval': { at: 'agentPolicies[shell].approval', in: agentPolicy },
  'skillPolicies.approval': { at: 'skillPolicies[lint].approval', in: skillPolicy },
};

const DENYING = {
  allowedRoles: ['developer'],
  allowedUsers: ['bob'],
  notSubmitter: true,
};

/** Each key that says who may approve, at each place that can say it. */
export const APPROVAL_CASES: readonly Case[] = Object.entries(PLACES).flatMap(([place, { at, in: within }]) =>
  Object.entries(DENYING).map(([key, value]) => ({
    key: `${place}.${key}`,
    document: within({ approval: { [key]: value } }),
    asked: approving,
    rule: `repository.${at}.${key}`,
  })),
);
