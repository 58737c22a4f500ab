import { TRUST_LEVELS } from '#contract';
import type { Actor, TrustLevel } from '#contract';
import type { DeviceRule } from '../devices/device-rule.js';
import { rolesInBoth, rolesOf } from '../users/user.js';

/** How a session and one of its user's devices stand now. */
export type StandingRow = Readonly<{
  id: string;
  tenant: string;
  roles: string;
  user_roles: string;
  goes_on: boolean;
  device_id: string | null;
  trust: TrustLevel | null;
  last_seen_at: Date | null;
}>;

/** Whether the caller still is all that was proven when they came in. A session that is kept nowhere cannot end. */
export function isStillGood(actor: Actor, rows: readonly StandingRow[], rule: DeviceRule): boolean {
  const ofSession = rows.filter(({ id, tenant }) => id === actor.sessionId && tenant === actor.tenant);
  const [session] = ofSession;
  if (!session) return true;
  if (!session.goes_on) return false;
  const roles = rolesInBoth(rolesOf(session.roles), rolesOf(session.user_roles));
  if (!actor.roles.every((role) => roles.includes(role))) return false;
  const device = ofSession.find(({ device_id: id }) => id !== null && id === actor.deviceId);
  return actor.deviceId === undefined || rank(trustNow(device, rule)) >= rank(actor.trust);
}

const rank = (trust: TrustLevel): number => TRUST_LEVELS.indexOf(trust);

const trustNow = (row: StandingRow | undefined, rule: DeviceRule): TrustLevel =>
  rule.trustOf(
    false,
    row?.trust && row.last_seen_at ? { trust: row.trust, lastSeenAt: row.last_seen_at } : undefined,
  );
