import type { Sql } from '../identity-sql.service.js';

/** Why a session is no more. */
export type EndReason =
  | 'ended'
  | 'revoked'
  | 'logged out'
  | 'expired'
  | 'idle'
  | 'token reuse'
  | 'password changed'
  | 'user disabled'
  | 'device revoked';

/** Which sessions: all conditions that are given must hold. */
export type SessionsToEnd = Readonly<{
  tenant: string;
  id?: string | undefined;
  userId?: string | undefined;
  deviceId?: string | undefined;
  /** This one goes on. */
  except?: string | undefined;
}>;

/**
 * Ends sessions that have not ended yet; their tokens end with them. Whoever calls it tells `AccessChanges` after the
 * commit.
 *
 * @param cancelTasks what of the sessions' tasks is unfinished is cancelled too, however the session was made
 * @returns the ids of those that ended now
 */
export async function endSessions(
  sql: Sql,
  which: SessionsToEnd,
  how: Readonly<{ reason: EndReason; now: Date; cancelTasks?: boolean }>,
): Promise<readonly string[]> {
  const { tenant, id, userId, deviceId, except } = which;
  const rows = await sql.rows<{ id: string }>(
    `update session set ended_at = $2, end_reason = $3, cancel_on_end = cancel_on_end or $4
     where tenant = $1 and ended_at is null and ($5::text is null or id = $5) and ($6::uuid is null or user_id = $6)
       and ($7::uuid is null or device_id = $7) and id is distinct from $8
     returning id`,
    tenant,
    how.now,
    how.reason,
    how.cancelTasks ?? false,
    ...[id, userId, deviceId, except].map((value) => value ?? null),
  );
  return rows.map((row) => row.id);
}
