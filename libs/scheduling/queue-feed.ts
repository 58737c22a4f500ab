import type { EventStore } from '#event-store';
import type { FairQueue } from './fair/fair-queue.js';
import type { Abilities } from './fair/profile.js';

/** Rows of the table read at once: all of them at the start of a term, one page at a time later. */
const PAGE = 10_000;
const SWEEP_PAGE = 1_000;

/** Between two looks at the whole table. */
const REST_MS = 10_000;

export type FeedSource = Pick<EventStore, 'queued' | 'moves'>;

/**
 * Keeps the queue in memory as the table is. Built from the table; then fed with what each look finds new in the log,
 * which waits for no other transaction; and, against whatever may have been missed, the table is read again, slowly. The
 * row as last read is the truth: reading it twice does no harm.
 */
export class QueueFeed {
  private mark: string | null = null;
  private place = 0;
  private restUntil = 0;

  constructor(
    private readonly source: FeedSource,
    private readonly queue: FairQueue,
    private readonly nowMs: () => number,
  ) {}

  /** Reads the whole table. What is committed meanwhile is found by the next `pull`. */
  async load(): Promise<void> {
    const { mark } = await this.source.moves(null);
    this.beginSweep();
    while (await this.page(PAGE));
    this.mark = mark;
  }

  /** Takes in what has changed since the last time. */
  async pull(): Promise<void> {
    if (this.mark === null) return this.load();
    const { mark, tasks, isComplete } = await this.source.moves(this.mark);
    for (const { taskId, waiting } of tasks) {
      if (waiting) this.queue.put(waiting, this.nowMs());
      else this.queue.drop(taskId);
    }
    this.mark = isComplete ? mark : null;
    if (!isComplete) await this.load();
  }

  /** Reads on in the table, a page a call, and begins anew some time after it came to the end. */
  async sweep(kinds: readonly Abilities[]): Promise<void> {
    if (this.nowMs() < this.restUntil) return;
    if (this.place === 0) this.beginSweep();
    if (await this.page(SWEEP_PAGE)) return;
    this.queue.endSweep(kinds);
    this.place = 0;
    this.restUntil = this.nowMs() + REST_MS;
  }

  private beginSweep(): void {
    this.place = 0;
    this.queue.beginSweep();
  }

  /** @returns true if there may be another */
  private async page(limit: number): Promise<boolean> {
    const rows = await this.source.queued(this.place, limit);
    for (const row of rows) this.queue.put(row, this.nowMs());
    this.place = rows.at(-1)?.place ?? this.place;
    return rows.length === limit;
  }
}
