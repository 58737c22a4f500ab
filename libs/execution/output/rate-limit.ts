import type { Clock } from '#contract';

export type RateOptions = Readonly<{
  /** What may pass in the long run. @default 64 KiB */
  bytesPerSecond?: number | undefined;
  /** What may pass at once after a pause. @default 1 MiB */
  burstBytes?: number | undefined;
}>;

/** A token bucket that may go into debt: who takes more than there is waits until it is paid. */
export class RateLimit {
  private readonly bytesPerSecond: number;
  private readonly burstBytes: number;
  private available: number;
  private asOfMs: number;

  constructor(
    private readonly clock: Clock,
    { bytesPerSecond = 64 * 1024, burstBytes = 1024 * 1024 }: RateOptions = {},
  ) {
    this.bytesPerSecond = bytesPerSecond;
    this.burstBytes = burstBytes;
    this.available = burstBytes;
    this.asOfMs = clock.monotonicMs();
  }

  /** Takes `bytes` and says for how many milliseconds to wait before taking more. */
  take(bytes: number): number {
    const nowMs = this.clock.monotonicMs();
    const earned = ((nowMs - this.asOfMs) / 1000) * this.bytesPerSecond;
    this.available = Math.min(this.burstBytes, this.available + earned) - bytes;
    this.asOfMs = nowMs;
    return this.available >= 0 ? 0 : (-this.available / this.bytesPerSecond) * 1000;
  }
}
