import { MeshError } from '#errors';
import type { Sql } from '../identity-sql.service.js';
import { rolesOf } from './user.js';
import type { UserRow } from './user.js';

const ADMIN = 'admin';

type After = Readonly<{ roles: readonly string[]; disabled: boolean }>;

const isAdmin = ({ roles, disabled }: After): boolean => roles.includes(ADMIN) && !disabled;

/**
 * Keeps a tenant from being left without anybody who may manage it. Its admins are locked, so that two who demote each
 * other at once do not both succeed.
 *
 * @throws {MeshError} `invalid_request` if the user is the last admin of the tenant and would be none
 */
export async function keepAnAdmin(tx: Sql, before: UserRow, after: After): Promise<void> {
  const was = { roles: rolesOf(before.roles), disabled: before.disabled_at !== null };
  if (!isAdmin(was) || isAdmin(after)) return;
  const others = await tx.rows(
    `select id from app_user where tenant = $1 and id <> $2 and disabled_at is null and roles::jsonb ? $3 for update`,
    ...[before.tenant, before.id, ADMIN],
  );
  if (others.length > 0) return;
  throw new MeshError('invalid_request', `${before.name} is the last admin of ${before.tenant}`, {
    field: after.disabled ? 'disabled' : 'roles',
    hint: 'make somebody else admin first',
  });
}
