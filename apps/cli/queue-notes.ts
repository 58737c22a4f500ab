import type { RuntimeInterface } from '#contract';
import type { Output } from './output.js';

/** Long enough for a worker that is there to take it. */
const EVERY_MS = 3_000;

/** While a task waits for a worker, tells whoever watches what is missing besides its turn. */
export class QueueNotes {
  private readonly timer: NodeJS.Timeout;
  private told = '';
  private isPending = true;

  constructor(
    private readonly runtime: Pick<RuntimeInterface, 'getTaskState'>,
    private readonly taskId: string,
    private readonly output: Pick<Output, 'step'>,
  ) {
    this.timer = setInterval(() => void this.look(), EVERY_MS).unref();
  }

  /** What was last seen of the task. */
  seen(status: string): void {
    this.isPending = status === 'pending';
  }

  end(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (!this.isPending) return;
    const state = await this.runtime.getTaskState(this.taskId).catch(() => null);
    const missing = state?.queue?.waitingFor;
    if (missing === undefined || missing === this.told || !this.isPending) return;
    this.told = missing;
    this.output.step(`pending: waits for ${missing}`);
  }
}
