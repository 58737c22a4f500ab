import { setImmediate as immediate } from 'node:timers/promises';
import type { Stop } from '#contract';

/** Runs one thing at a time, again if it was asked for meanwhile, never twice at once. */
export class Background {
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Asks for a run: now if idle, else after the one under way. */
  request(): void {
    if (this.stopped) return;
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
  }

  /** Asks for a run now, and again and again, until it is stopped. */
  every(ms: number): Stop {
    const timer = setInterval(() => this.request(), ms).unref();
    this.request();
    return () => {
      clearInterval(timer);
      return this.stop();
    };
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.again = false;
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.again) {
      await immediate(); // what is asked for in the same turn is one run
      this.again = false;
      if (!this.stopped) await this.work().catch(this.failed);
    }
  }
}
