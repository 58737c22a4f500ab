import type { Clock } from '#contract';

const MAX_KEYS = 10_000;

/** Says yes at most once in a while to each key, so that what anybody can cause does not pile up. */
export class Seldom {
  private readonly last = new Map<string, number>();

  constructor(
    private readonly everyMs: number,
    private readonly clock: Clock,
  ) {}

  isDue(key: string): boolean {
    const now = this.clock.monotonicMs();
    if (now - (this.last.get(key) ?? -Infinity) < this.everyMs) return false;
    if (this.last.size >= MAX_KEYS) this.last.clear();
    this.last.set(key, now);
    return true;
  }

  /** The next one is due at once. */
  forget(key: string): void {
    this.last.delete(key);
  }
}
