const FIRST_LOOK_MS = 5;

/**
 * When to look again: at once after a hint; soon, and ever less often, after that, because what the hint spoke of may
 * become visible a little later than it was committed; and every `slowMs` in any case, because hints get lost.
 */
export class Pace {
  private hinted = false;
  private delayMs: number;
  private wake: (() => void) | null = null;

  constructor(
    private readonly slowMs: number,
    private readonly signal: AbortSignal,
  ) {
    this.delayMs = slowMs;
    signal.addEventListener('abort', () => this.wake?.(), { once: true });
  }

  hint(): void {
    this.hinted = true;
    this.wake?.();
  }

  /** Resolves when it is time to look again, or the signal was given. */
  async next(): Promise<void> {
    if (!this.hinted) await this.sleep(this.delayMs);
    this.delayMs = Math.min(this.slowMs, this.hinted ? FIRST_LOOK_MS : this.delayMs * 2);
    this.hinted = false;
  }

  private sleep(ms: number): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), ms);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
    });
  }
}
