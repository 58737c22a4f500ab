import { MeshError } from '#errors';
import type { Sql } from '../identity-sql.service.js';
import { rolesOf } from './user.js';
import type { UserRow } from './user.js';

const ADMIN = 'admin';

type After = Readonly<{ roles: readonly string[]; disabled: boolean }>;

const isAdmin = ({ roles, disabled }: After): boolean => roles.includes(ADMIN) && !disabled;

/** So that two admins who demote each other at once do not both succeed: one role is changed at a time. */
export const oneRoleAtATime = (tx: Sql, tenant: string): Promise<unknown> =>
  tx.rows(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, `roles of ${tenant}`);

/**
 * Keeps a tenant from being left without anybody who may manage it; called under `oneRoleAtATime`.
 *
 * @throws {MeshError} `invalid_request` if the user is the last admin of the tenant and would be none
 */
export async function keepAnAdmin(tx: Sql, before: UserRow, after: After): Promise<void> {
  const was = { roles: rolesOf(before.roles), disabled: before.disabled_at !== null };
  if (!isAdmin(was) || isAdmin(after)) return;
  const others = await tx.rows(
    `select id from app_user where tenant = $1 and id <> $2 and disabled_at is null and roles::jsonb ? $3 limit 1`,
    before.tenant,
    before.id,
    ADMIN,
  );
  if (others.length > 0) return;
  throw new MeshError('invalid_request', `${before.name} is the last admin of ${before.tenant}`, {
    field: after.disabled ? 'disabled' : 'roles',
    hint: 'make somebody else admin first',
  });
}
