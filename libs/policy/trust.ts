import type { TrustLevel } from '#contract';

const RANK = { untrusted: 0, verified: 1, trusted: 2 } as const satisfies Record<TrustLevel, number>;

/** Whether a device is trusted enough; where no device is known, it is not, whatever the level. */
export const meets = (trust: TrustLevel | undefined, level: TrustLevel): boolean =>
  trust !== undefined && RANK[trust] >= RANK[level];
