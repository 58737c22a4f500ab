import type { TrustLevel } from '#contract';
import type { ToApprove } from './approval.js';
import type { Permission } from './permissions.js';

/** A skill that an agent would use, or that is used directly. */
export type AskedSkill = Readonly<{
  id: string;
  dangerous: boolean;
  /** The agent goes without it where it is denied, unless the policy requires it of every agent. */
  optional?: boolean | undefined;
}>;

/** What somebody would do. Without permissions, agent and skills it concerns only themselves: who am I, enrol, log out. */
export type Asked = Readonly<{
  userId: string;
  /** What a person would call the user; the lists of users may name them so. */
  userName?: string | undefined;
  roles: readonly string[];
  /** Permissions that a machine's token is narrowed to; absent: all that the roles grant. */
  scope?: readonly string[] | undefined;
  /** Absent: no device is known. */
  trust?: TrustLevel | undefined;
  permissions: readonly Permission[];
  /** The agent that would run; needs agent:invoke. */
  agentId?: string | undefined;
  /** With an agent, the skills it declares; without one, skills used directly, which need skill:execute. */
  skills?: readonly AskedSkill[] | undefined;
  /** What they would approve, and who submitted it. */
  approves?: (ToApprove & Readonly<{ submitterId: string }>) | undefined;
}>;

/** What was judged, and why. */
export type Verdict = Readonly<{
  allowed: boolean;
  /** The exact place that decided, e.g. `repository.agentPolicies[code-modifier].deniedRoles`. */
  rule: string;
  reason: string;
  /** What would have to be there: permissions, `trust:verified`, `skill:<id>`. */
  missing: readonly string[];
  policyHash: string;
  /** A person must say yes before it is done. */
  needsApproval: boolean;
}>;
