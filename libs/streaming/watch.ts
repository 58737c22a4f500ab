import type { EventStore } from '#event-store';
import { evolve, isFinal } from '#task';
import type { Recorded, Task, TaskOrNone } from '#task';
import type { Mailbox } from './mailbox.js';

/** A step of a task: the event, and the task after it. */
export type Step = Readonly<{ event: Recorded; after: Task }>;

const PAGE_EVENTS = 200;

/** One watcher's way through a task: from the log until it is abreast of it, then from its mailbox. */
export class Watch {
  private task: TaskOrNone = null;

  constructor(
    private readonly log: EventStore,
    private readonly taskId: string,
    private readonly mailbox: Mailbox,
  ) {}

  /** The version this watcher has come to. */
  get version(): number {
    return this.task?.version ?? 0;
  }

  /** Every step after version `after`, in order, once; ends with the final one, or with the signal. */
  async *steps(after: number, signal: AbortSignal): AsyncGenerator<Step, void, undefined> {
    await this.begin(after);
    while (!signal.aborted && !this.ended) {
      for (const event of await this.more(signal)) {
        if (signal.aborted) return;
        if (event.version <= this.version) continue;
        this.task = evolve(this.task, event);
        if (event.version > after) yield { event, after: this.task };
      }
    }
  }

  private get ended(): boolean {
    return this.task !== null && isFinal(this.task.status);
  }

  /** The state at `after` is the snapshot's if that is where the task stands; else it is folded from the beginning. */
  private async begin(after: number): Promise<void> {
    if (after === 0) return;
    const stored = await this.log.load(this.taskId);
    if (stored && stored.task.version <= after) this.task = stored.task;
  }

  private async more(signal: AbortSignal): Promise<readonly Recorded[]> {
    if (this.mailbox.isBehind) return this.fromLog();
    const arrived = this.mailbox.take().filter(({ version }) => version > this.version);
    const [first] = arrived;
    if (first && first.version !== this.version + 1)
      this.mailbox.fallBehind(); // a gap
    else if (first) return arrived;
    await this.mailbox.wait(signal);
    return [];
  }

  /** A page of the log; once a page is the last, what comes after it is in the mailbox. */
  private async fromLog(): Promise<readonly Recorded[]> {
    this.mailbox.listen();
    const page = await this.log.history(this.taskId, this.version, PAGE_EVENTS);
    if (page.length === PAGE_EVENTS) this.mailbox.fallBehind();
    return page;
  }
}
