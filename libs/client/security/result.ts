import { PERMISSIONS } from '#policy';
import type { AskedSkill, Permission, Verdict } from '#policy';
import type { PolicyCheckResult } from './types.js';

/** What a check asks. */
export type Question = Readonly<{
  action: string;
  resourceType: string;
  resourceId: string;
  /** What the answer says was needed. */
  needs: readonly Permission[];
  permissions?: readonly Permission[];
  agentId?: string;
  skills?: readonly AskedSkill[];
}>;

export const permissionQuestion = (permission: Permission, resource: string): Question => ({
  action: permission.replace(':', '.'),
  resourceType: permission.split(':')[0] ?? permission,
  resourceId: resource,
  needs: [permission],
  permissions: [permission],
});

export const agentQuestion = (agentId: string, skills: readonly AskedSkill[]): Question => ({
  action: 'agent.invoke',
  resourceType: 'agent',
  resourceId: agentId,
  needs: ['agent:invoke'],
  agentId,
  skills,
});

export const skillQuestion = (skill: AskedSkill): Question => ({
  action: 'skill.execute',
  resourceType: 'skill',
  resourceId: skill.id,
  needs: ['skill:execute'],
  skills: [skill],
});

/** The verdict as a caller of the service gets it. */
export const resultOf = (verdict: Verdict, needs: readonly Permission[]): PolicyCheckResult => ({
  allowed: verdict.allowed,
  reason: verdict.reason,
  rule: verdict.rule,
  requiredPermissions: [...needs],
  missingPermissions: PERMISSIONS.filter((permission) => verdict.missing.includes(permission)),
  missing: verdict.missing,
  needsApproval: verdict.needsApproval,
  policyHash: verdict.policyHash,
});
