import type { TrustLevel } from '#contract';
import type { CompiledPolicy } from './compiled-policy.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** How a request came: over a Unix socket or in process as the same user, and from which device, if it proved one. */
export type Approach = Readonly<{
  local: boolean;
  device?: Readonly<{ trust: TrustLevel; lastSeenAt: Date }> | undefined;
}>;

/** How far a request is trusted now. Trust falls by itself with time; it never rises by itself. */
export function trustOf({ deviceTrust }: CompiledPolicy, { local, device }: Approach, now: Date): TrustLevel {
  if (local && deviceTrust.autoTrustLocal) return 'trusted';
  if (!device) return 'untrusted';
  const { maxUnseenDays } = deviceTrust;
  const unseenMs = now.getTime() - device.lastSeenAt.getTime();
  return maxUnseenDays !== undefined && unseenMs > maxUnseenDays * DAY_MS ? 'untrusted' : device.trust;
}
