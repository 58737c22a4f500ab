/** Port. Time, so that tests own it. */
export abstract class Clock {
  /** Wall time, for records. */
  abstract now(): Date;

  /** Milliseconds that only go forward, for leases and timeouts. */
  abstract monotonicMs(): number;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }

  override monotonicMs(): number {
    return performance.now();
  }
}
