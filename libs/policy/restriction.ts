import type { TrustLevel } from '#contract';
import type { Permission } from './permissions.js';

type Kind<Name extends string, Data extends object> = Readonly<{ kind: Name; rule: string }> & Readonly<Data>;

/**
 * One thing that can forbid, and the exact place that says so, e.g. `repository.agentPolicies[shell].deniedRoles`.
 * Data, so that judging and explaining are the same code.
 */
export type Restriction =
  | Kind<'allowedUsers', { users: ReadonlySet<string> }>
  | Kind<'deniedUsers', { users: ReadonlySet<string> }>
  | Kind<'allowedRoles', { roles: ReadonlySet<string> }>
  | Kind<'deniedRoles', { roles: ReadonlySet<string> }>
  | Kind<'permissions', { permissions: readonly Permission[]; what: string }>
  | Kind<'trust', { level: TrustLevel; what: string }>
  | Kind<'skills', { required: readonly string[] }>
  | Kind<'notSubmitter', object>
  | Kind<'never', { reason: string }>;

/** The rule of what only roles decide. */
export const ROLES = 'roles';

/** That the roles grant one permission, for `what`. */
export const granted = (permission: Permission, what: string): Restriction => ({
  kind: 'permissions',
  rule: ROLES,
  permissions: [permission],
  what,
});
