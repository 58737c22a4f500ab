import type { TrustLevel } from '#contract';
import type { IdentityProvider, Permission, PolicyDocument } from '#policy';

export type DeviceTrustLevel = TrustLevel;

/** Who somebody has proven to be. */
export type UserIdentity = {
  id: string;
  provider: IdentityProvider;
  name?: string;
  email?: string;
  /** False: not proven, and so denied everything. */
  verified: boolean;
};

/** A device, and how far it is trusted. */
export type DeviceInfo = {
  id: string;
  name: string;
  trustLevel: DeviceTrustLevel;
  lastSeen: Date;
  publicKey?: string;
};

/** A user on a device with some of that user's roles, until it expires. */
export type SessionPermissions = {
  sessionId: string;
  userId: string;
  deviceId: string;
  roles: string[];
  grantedAt: Date;
  /** Absent: it does not expire by itself. */
  expiresAt?: Date;
  /** Paths of repositories; the policy set for the first is obeyed. */
  scope?: string[];
};

/** Who asks, from where, and what they were granted. Judged as it is handed over. */
export type SecurityContext = {
  user?: UserIdentity;
  device?: DeviceInfo;
  session: SessionPermissions;
  /** No more than these, whatever the session's roles say. */
  effectivePermissions: Permission[];
};

/** What was decided, and why. */
export type PolicyCheckResult = Readonly<{
  allowed: boolean;
  reason: string;
  /** The exact place that decided, e.g. `repository.agentPolicies[code-modifier].deniedRoles`. */
  rule: string;
  requiredPermissions: Permission[];
  missingPermissions: Permission[];
  /** All that is missing, `trust:verified` and `skill:<id>` among it. */
  missing: readonly string[];
  /** A person must say yes before it is done. */
  needsApproval: boolean;
  policyHash: string;
}>;

export type AgentAuthorization = NonNullable<PolicyDocument['agentPolicies']>[number];

export type SkillPrivileges = NonNullable<PolicyDocument['skillPolicies']>[number];

/** The policy of one repository: what its `.coderClaw/security.yaml` would say. */
export type RepoPolicy = PolicyDocument & {
  repoPath: string;
  enforceTrust: boolean;
  minimumTrustLevel: DeviceTrustLevel;
  allowedRoles: string[];
  agentPolicies: AgentAuthorization[];
  skillPolicies: SkillPrivileges[];
};

/** One record of the audit log. */
export type AuditLogEntry = {
  id: string;
  timestamp: Date;
  /** e.g. `task.submit`. */
  action: string;
  userId?: string | undefined;
  sessionId?: string | undefined;
  deviceId?: string | undefined;
  resourceType: string;
  resourceId: string;
  result: 'allowed' | 'denied' | 'refused' | 'error';
  reason?: string | undefined;
  rule?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
};

/** Which records; all that is given must match. */
export type AuditLogFilter = Readonly<{
  userId?: string;
  sessionId?: string;
  deviceId?: string;
  action?: string;
  resourceType?: string;
  resourceId?: string;
  result?: AuditLogEntry['result'];
  /** Inclusive, as is `endDate`. */
  startDate?: Date;
  endDate?: Date;
  /** The newest so many. */
  limit?: number;
}>;
