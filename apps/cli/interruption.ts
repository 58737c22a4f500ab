import { ask, canAsk } from './interrupt.js';
import type { Choice } from './interrupt.js';
import type { Io } from './io.js';

export type InterruptionOptions = Readonly<{
  io: Pick<Io, 'stdin' | 'stderr' | 'onInterrupt'>;
  /** The task runs in this process: leaving it stops it. */
  inProcess: boolean;
  /** Before a question is asked: takes the progress line away. */
  quieten(): void;
  /** Asks for the task to be cancelled; the watching goes on until it is. */
  cancel(): Promise<void>;
  /** Leaves the task to whoever goes on with it. */
  detach(): void;
}>;

/**
 * Ctrl-C while watching. On a terminal it asks: detach, cancel or go on. With nobody to ask, or pressed again, it
 * cancels what runs in this process and detaches from what a server runs. Pressed while cancelling, it leaves at once.
 */
export class Interruption {
  /** Whether someone decided to end the watching, one way or the other. */
  decided = false;
  private cancelling = false;
  private asking: AbortController | undefined;
  private settled: Promise<void> = Promise.resolve();
  private readonly release: () => void;

  constructor(private readonly options: InterruptionOptions) {
    this.release = options.io.onInterrupt(() => this.interrupt());
  }

  /** Resolves when no question is open: nothing is written below one. */
  quiet(): Promise<void> {
    return this.settled;
  }

  end(): void {
    this.asking?.abort();
    this.release();
  }

  private interrupt(): void {
    if (this.cancelling) this.options.detach();
    else if (this.asking) this.asking.abort();
    else this.settled = this.decide();
  }

  private async decide(): Promise<void> {
    const { io, inProcess, quieten } = this.options;
    const otherwise = inProcess ? 'cancel' : 'detach';
    quieten();
    if (!canAsk(io)) return this.follow(otherwise);
    this.asking = new AbortController();
    const detached = inProcess
      ? 'it begins again under the next `coderclaw serve`'
      : 'it goes on without you';
    const choice = await ask(io, { detached, otherwise, signal: this.asking.signal });
    this.asking = undefined;
    return this.follow(choice);
  }

  private follow(choice: Choice): void {
    this.decided ||= choice !== 'continue';
    if (choice === 'detach') this.options.detach();
    if (choice !== 'cancel') return;
    this.cancelling = true;
    void this.options.cancel();
  }
}
