import type { TrustLevel } from '#contract';

/** When somebody was seen and what was thought of their device then. */
export type Standing = Readonly<{ trust: TrustLevel; lastSeenAt: Date }>;

/** What a tenant's policy makes of devices at one moment. */
export type DeviceRule = Readonly<{
  /** A device that was seen last before that is untrusted. */
  unseenBefore: Date;
  /** What is thought of a caller; `local`: came over the Unix socket or in process, as the server's own user. */
  trustOf(local: boolean, device: Standing | undefined): TrustLevel;
  autoTrustLocal: boolean;
}>;
