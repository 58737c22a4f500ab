import { Clock } from '#contract';

/** A clock that a spec owns. */
export class SetClock extends Clock {
  private ms: number;

  constructor(at: string) {
    super();
    this.ms = Date.parse(at);
  }

  override now(): Date {
    return new Date(this.ms);
  }

  override monotonicMs(): number {
    return this.ms;
  }

  pass(ms: number): void {
    this.ms += ms;
  }
}
