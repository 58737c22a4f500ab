import type { Actor, TrustLevel } from '#contract';
import { MeshError } from '#errors';
import { MACHINE_PERMISSIONS } from '#policy';
import type { DeviceRule } from '../devices/device-rule.js';
import { rolesInBoth, rolesOf } from '../users/user.js';
import { TOKEN_ISSUER } from './session.js';

/** All that is known of a token, in one row. */
export type TokenHolder = Readonly<{
  session_id: string;
  tenant: string;
  user_id: string;
  issuer: string;
  roles: string;
  expires_at: Date;
  ended_at: Date | null;
  end_reason: string | null;
  name: string;
  user_roles: string;
  disabled_at: Date | null;
  jkt: string | null;
  token_expires_at: Date;
  scope: string | null;
  device_id: string | null;
  trust: TrustLevel | null;
  last_seen_at: Date | null;
}>;

/** Why a token that is known lets nobody in; first of all what its owner can do least about. */
const REFUSALS: readonly (readonly [
  (holder: TokenHolder, now: Date) => boolean,
  (holder: TokenHolder) => string,
])[] = [
  [({ disabled_at }) => disabled_at !== null, () => 'the account is disabled'],
  [
    ({ ended_at }) => ended_at !== null,
    ({ end_reason }) => `the session of this token has ended (${end_reason ?? 'ended'})`,
  ],
  [({ expires_at }, now) => expires_at <= now, () => 'the session of this token has expired'],
  [({ token_expires_at }, now) => token_expires_at <= now, () => 'the token has expired'],
];

/** @throws {MeshError} `unauthenticated` with the reason */
export function refuseUseless(holder: TokenHolder, now: Date): void {
  const refusal = REFUSALS.find(([holds]) => holds(holder, now));
  if (refusal) throw refused(refusal[1](holder));
}

/** The caller, trusted as the enrolled device is whose key signed, or as the server's own user. */
export function actorOf(holder: TokenHolder, local: boolean, rule: DeviceRule): Actor {
  const { trust, last_seen_at: lastSeenAt } = holder;
  const device = trust && lastSeenAt ? { trust, lastSeenAt } : undefined;
  // What makes the server's own user trusted is no device: none is named, so that none can take it away again.
  const deviceId = local && rule.autoTrustLocal ? null : holder.device_id;
  return {
    kind: 'user',
    id: holder.user_id,
    userName: holder.name,
    tenant: holder.tenant,
    sessionId: holder.session_id,
    roles: rolesInBoth(rolesOf(holder.roles), rolesOf(holder.user_roles)),
    trust: rule.trustOf(local, device),
    issuer: holder.issuer,
    ...scopeOf(holder),
    ...(deviceId === null ? {} : { deviceId }),
  };
}

/** A machine's token is never admin, whatever its roles have come to grant since it was made. */
function scopeOf({ scope, issuer }: TokenHolder): Pick<Actor, 'scope'> {
  if (scope !== null) return { scope: JSON.parse(scope) as readonly string[] };
  return issuer === TOKEN_ISSUER ? { scope: MACHINE_PERMISSIONS } : {};
}

export const refused = (why: string, hint = 'sign in again'): MeshError =>
  new MeshError('unauthenticated', why, { hint });
