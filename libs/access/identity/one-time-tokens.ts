import type { Sql } from './identity-sql.service.js';
import { hashOf, newToken } from './tokens.js';

const RESET_MINUTES = 30;
const SETUP_MINUTES = 24 * 60;

const MINUTES = { reset: RESET_MINUTES, setup: SETUP_MINUTES } as const;

type OneTime = keyof typeof MINUTES;

/** A token that is used up by its first use, and when it is over without. */
export type OneTimeToken = Readonly<{ token: string; expiresAt: string }>;

/** Makes a token and takes those back that were made for the same user (or, for a first admin, for nobody) before. */
export async function issueOneTimeToken(
  tx: Sql,
  kind: OneTime,
  userId: string | null,
  now: Date,
): Promise<OneTimeToken> {
  const token = newToken(kind);
  const expiresAt = new Date(now.getTime() + MINUTES[kind] * 60_000);
  await tx.rows(
    `delete from one_time_token where kind = $1 and user_id is not distinct from $2`,
    kind,
    userId,
  );
  await tx.rows(
    `insert into one_time_token (hash, kind, user_id, expires_at) values ($1, $2, $3, $4)`,
    hashOf(token),
    kind,
    userId,
    expiresAt,
  );
  return { token, expiresAt: expiresAt.toISOString() };
}

/** @returns whom it was for; nothing if it is unknown, over or used */
export async function useOneTimeToken(
  tx: Sql,
  kind: OneTime,
  token: string,
  now: Date,
): Promise<Readonly<{ userId: string | null }> | undefined> {
  const rows = await tx.rows<{ user_id: string | null }>(
    `delete from one_time_token where hash = $1 and kind = $2 and expires_at > $3 returning user_id`,
    hashOf(token),
    kind,
    now,
  );
  return rows[0] && { userId: rows[0].user_id };
}
