import { setTimeout as delay } from 'node:timers/promises';
import { systemMs } from './protocol.js';
import type { Notice, RunOrder } from './protocol.js';
import { Sandbox } from './sandbox.js';

/** How often deadlines are looked at. */
export const DEADLINE_CHECK_MS = 50;

/** How often it is looked at whether a run has met a limit that does not stop it by itself. */
export const LIMIT_CHECK_MS = 200;

const TIDY_WITHIN_MS = 1_000;

/** All runs of one worker. */
export class Sandboxes {
  private readonly all = new Map<string, Sandbox>();

  constructor(private readonly tell: (notice: Notice) => void) {}

  start(order: RunOrder): void {
    try {
      this.all.set(order.run, new Sandbox(order, this.tell, () => this.all.delete(order.run)));
    } catch (error) {
      const message = `cannot start: ${error instanceof Error ? error.message : String(error)}`;
      this.tell({ type: 'refused', run: order.run, message });
    }
  }

  get(run: string): Sandbox | undefined {
    return this.all.get(run);
  }

  checkDeadlines(): void {
    const nowMs = systemMs();
    for (const sandbox of this.all.values()) sandbox.checkDeadline(nowMs);
  }

  checkLimits(): void {
    for (const sandbox of this.all.values()) void sandbox.checkLimits();
  }

  /** Waits for the dead, and a moment for what is to be tidied up after them. */
  async killEverything(): Promise<void> {
    const all = [...this.all.values()];
    await Promise.all(all.map((sandbox) => sandbox.kill('lease', 0)));
    await Promise.race([Promise.all(all.map(({ over }) => over)), delay(TIDY_WITHIN_MS)]);
  }
}
