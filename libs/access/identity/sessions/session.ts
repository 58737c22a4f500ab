import { rolesOf } from '../users/user.js';

/** A user at work: on a device, with some of the user's roles. */
export type Session = Readonly<{
  id: string;
  tenant: string;
  userId: string;
  deviceId?: string | undefined;
  /** Who vouched for the user. */
  issuer: string;
  roles: readonly string[];
  /** What of its tasks is unfinished is cancelled when it ends. */
  cancelOnEnd: boolean;
  createdAt: string;
  lastUsedAt: string;
  /** When it ends if it is not used before; never later than `endsAt`. */
  expiresAt: string;
  /** When it ends however it is used. */
  endsAt: string;
  endedAt?: string | undefined;
  endReason?: string | undefined;
}>;

/** The issuer of a machine token's session. */
export const TOKEN_ISSUER = 'token';

/** A row of `session`. */
export type SessionRow = Readonly<{
  id: string;
  tenant: string;
  user_id: string;
  device_id: string | null;
  issuer: string;
  roles: string;
  cancel_on_end: boolean;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
  ends_at: Date;
  ended_at: Date | null;
  end_reason: string | null;
}>;

export const sessionOf = (row: SessionRow): Session => ({
  id: row.id,
  tenant: row.tenant,
  userId: row.user_id,
  ...(row.device_id === null ? {} : { deviceId: row.device_id }),
  issuer: row.issuer,
  roles: rolesOf(row.roles),
  cancelOnEnd: row.cancel_on_end,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  endsAt: row.ends_at.toISOString(),
  ...(row.ended_at === null ? {} : { endedAt: row.ended_at.toISOString() }),
  ...(row.end_reason === null ? {} : { endReason: row.end_reason }),
});
