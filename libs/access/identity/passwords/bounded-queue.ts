import { MeshError } from '#errors';

/** Runs at most `running` things at once and lets at most `waiting` more wait their turn. */
export class BoundedQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limits: Readonly<{ running: number; waiting: number }>) {}

  /** @throws {MeshError} `rate_limited` if too many wait already; what `work` throws */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.limits.running) await this.turn();
    else this.running++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next)
        next(); // the place is handed on, never free in between
      else this.running--;
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.limits.waiting) {
      throw new MeshError('rate_limited', 'too many are signing in at this moment', { retryAfterSeconds: 1 });
    }
    return new Promise((resolve) => void this.waiting.push(resolve));
  }
}
