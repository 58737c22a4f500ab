import { Clock } from '#contract';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The clock of this machine, which can be told that days have passed. */
export class LeapingClock extends Clock {
  private leaptMs = 0;

  override now(): Date {
    return new Date(Date.now() + this.leaptMs);
  }

  override monotonicMs(): number {
    return performance.now();
  }

  pass(days: number): void {
    this.leaptMs += days * DAY_MS;
  }

  daysAgo(days: number): Date {
    return new Date(this.now().getTime() - days * DAY_MS);
  }
}
