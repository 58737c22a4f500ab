import { MeshError } from '#errors';
import { limitsIn } from '../tenants/limits.js';
import type { Sql } from '../identity-sql.service.js';
import type { User } from '../users/user.js';
import { rolesOf } from '../users/user.js';
import { TOKEN_ISSUER } from './session.js';
import type { SessionRow } from './session.js';

/** A session to be, as a row. */
export type NewSession = Omit<SessionRow, 'ended_at' | 'end_reason'>;

/** @throws {MeshError} `unauthenticated` if the user was disabled meanwhile; `rate_limited` past the tenant's limit */
export async function insertSession(tx: Sql, row: NewSession): Promise<SessionRow> {
  await lockUser(tx, row);
  if (row.issuer !== TOKEN_ISSUER) await refuseTooMany(tx, row);
  const [inserted] = await tx.rows<SessionRow>(
    `insert into session (id, tenant, user_id, device_id, issuer, roles, cancel_on_end, created_at, last_used_at,
       expires_at, ends_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10) returning *`,
    row.id,
    row.tenant,
    row.user_id,
    row.device_id,
    row.issuer,
    row.roles,
    row.cancel_on_end,
    row.created_at,
    row.expires_at,
    row.ends_at,
  );
  if (!inserted) throw new MeshError('internal', `session ${row.id} was not stored`);
  return inserted;
}

/** So that two sign-ins at once do not both take the last place, and none slips in while the user is disabled. */
async function lockUser(tx: Sql, { tenant, user_id }: NewSession): Promise<void> {
  const text = `select disabled_at from app_user where tenant = $1 and id = $2 for update`;
  const [user] = await tx.rows<{ disabled_at: Date | null }>(text, tenant, user_id);
  if (!user || user.disabled_at) throw new MeshError('unauthenticated', 'the account is disabled');
}

async function refuseTooMany(tx: Sql, row: NewSession): Promise<void> {
  const { maxSessionsPerUser } = await limitsIn(tx, row.tenant);
  if (maxSessionsPerUser === undefined) return;
  const live = await tx.rows<{ id: string }>(
    `select id from session where tenant = $1 and user_id = $2 and ended_at is null and expires_at > $3 and issuer <> $4`,
    row.tenant,
    row.user_id,
    row.created_at,
    TOKEN_ISSUER,
  );
  if (live.length < maxSessionsPerUser) return;
  const ids = live.map(({ id }) => id).join(', ');
  throw new MeshError('rate_limited', `you have ${live.length} sessions, as many as ${row.tenant} allows`, {
    field: 'resume',
    hint: `resume one of them instead (${ids}), or end one`,
  });
}

/**
 * A session keeps the roles it was begun with: what runs in it goes by them, so that nobody takes them by coming back.
 *
 * @throws {MeshError} `invalid_request` if others are asked for, more or fewer
 */
export function refuseOtherRoles({ id, roles }: SessionRow, asked: readonly string[] | undefined): void {
  const kept = rolesOf(roles);
  if (asked === undefined || (kept.every(isIn(asked)) && asked.every(isIn(kept)))) return;
  throw new MeshError('invalid_request', `session ${id} has the roles ${named(kept)}, not ${named(asked)}`, {
    field: 'roles',
    hint: 'leave `roles` out to go on with those, or begin a new session with others',
  });
}

/** @throws {MeshError} `access_denied` naming the roles that are not the user's */
export function rolesAsked(user: User, asked: readonly string[] | undefined): readonly string[] {
  const missing = (asked ?? []).filter((role) => !user.roles.includes(role));
  if (missing.length === 0) return asked ?? user.roles;
  throw new MeshError('access_denied', `${missing.join(', ')}: not among your roles`, {
    field: 'roles',
    hint: `yours are: ${named(user.roles)}`,
  });
}

const named = (roles: readonly string[]): string => roles.join(', ') || 'none';

const isIn =
  (roles: readonly string[]) =>
  (role: string): boolean =>
    roles.includes(role);
