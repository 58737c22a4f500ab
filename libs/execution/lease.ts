import type { Clock } from '#contract';

/** Renewals closer together than this part of the lease are not passed on. */
const WORTH_TELLING = 1 / 20;

/** Until when an attempt may run, by this machine's clock. Never shortened. */
export class Lease {
  private readonly listeners = new Set<(remainingMs: number) => void>();
  private toldMs: number;

  /** @param endMs by the clock's `monotonicMs` */
  constructor(
    private readonly clock: Clock,
    private endMs: number,
  ) {
    this.toldMs = endMs;
  }

  /** Zero or less: it is over. */
  get remainingMs(): number {
    return this.endMs - this.clock.monotonicMs();
  }

  /** Extends it to `leaseMs` after `fromMs`, the time the renewed beat was *sent*. */
  renew(fromMs: number, leaseMs: number): void {
    this.endMs = Math.max(this.endMs, fromMs + leaseMs);
    if (this.endMs - this.toldMs < leaseMs * WORTH_TELLING) return;
    this.toldMs = this.endMs;
    for (const listener of this.listeners) listener(this.remainingMs);
  }

  /** Calls `listener` with what remains, each time it was extended by a good deal. */
  onRenewed(listener: (remainingMs: number) => void): void {
    this.listeners.add(listener);
  }
}
