import { compareCursors } from '#contract';
import type { Cursor, Logger } from '#contract';
import type { EventStore } from '#event-store';
import { assemble } from './assemble.js';
import { catchUp } from './catch-up.js';
import type { Delivery } from './delivery.js';
import { Pace } from './pace.js';
import type { Received } from './received.js';
import { rest } from './rest.js';

const RETRY_MS = 500;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

export type StreamReaderOptions = Readonly<{
  /** After how long a silence to look into the log. */
  pollMs: number;
  /** How many messages may wait; when there are more, they are dropped and read from the log. */
  maxWaiting: number;
  /** A batch of so many events does not linger. */
  maxBatch: number;
  /** How long after a batch to wait for more before the next. */
  lingerMs: number;
  signal: AbortSignal;
  logger: Logger;
}>;

/** One reader's way through the stream: puts what arrives in order, and fills what is missing from the log. */
export class StreamReader {
  private readonly pace: Pace;
  /** The beginning of a commit whose end is still to come. */
  private begun: readonly Received[] = [];
  private fresh: Received[] = [];
  private freshBytes = 0;
  /** What arrives is dropped: the log is to be read first. */
  private behind = false;
  private progressAt = -Infinity;
  private lingerUntil = -Infinity;

  constructor(
    private readonly log: EventStore,
    private readonly delivery: Delivery,
    private readonly options: StreamReaderOptions,
  ) {
    this.pace = new Pace(options.pollMs, options.signal);
  }

  arrive(message: Received, bytes: number): void {
    if (this.behind) return;
    this.fresh.push(message);
    this.freshBytes += bytes;
    if (this.fresh.length > this.options.maxWaiting || this.freshBytes > MAX_WAITING_BYTES) this.fallBehind();
    this.pace.hint();
  }

  lookIntoLog(): void {
    this.progressAt = -Infinity;
    this.pace.hint();
  }

  async run(): Promise<void> {
    const { signal, logger } = this.options;
    while (!signal.aborted) {
      try {
        await this.step();
      } catch (error) {
        logger.warn('the log could not be read, trying again', { error: String(error) });
        await rest(RETRY_MS, signal);
      }
    }
  }

  private async step(): Promise<void> {
    if (this.behind) await this.look();
    else if (this.fresh.length > 0) {
      await this.linger();
      await this.takeFresh();
      this.lingerUntil = performance.now() + this.options.lingerMs;
    } else if (performance.now() - this.progressAt >= this.options.pollMs) await this.look();
    else await this.pace.next();
  }

  /** Small batches cost as much as large ones: right after one, the next may grow a little. */
  private async linger(): Promise<void> {
    const waitMs = this.lingerUntil - performance.now();
    if (waitMs > 0 && this.fresh.length < this.options.maxBatch) await rest(waitMs, this.options.signal);
  }

  private async look(): Promise<void> {
    if (this.behind) this.begun = [];
    this.behind = false;
    await catchUp(this.log, this.delivery, this.options.signal);
    this.progressAt = performance.now();
  }

  private async takeFresh(): Promise<void> {
    this.begun = [...this.begun, ...this.takeAll()]; // kept, should the log be away
    for (;;) {
      const before = this.delivery.position;
      const { commits, gap, rest: remaining } = assemble(this.begun, before);
      await this.delivery.deliver(commits);
      if (gap) await catchUp(this.log, this.delivery, this.options.signal, gap);
      this.begun = this.afterGap(gap, remaining);
      if (compareCursors(before, this.delivery.position) < 0) this.progressAt = performance.now();
      if (!gap || this.options.signal.aborted) return;
    }
  }

  private takeAll(): readonly Received[] {
    const { fresh } = this;
    this.fresh = [];
    this.freshBytes = 0;
    return fresh;
  }

  private fallBehind(): void {
    this.behind = true;
    const waiting = this.takeAll().length;
    this.options.logger.warn('a reader is slow, and reads on from the log', { waiting });
  }

  /** A stream that is ahead of the log tells of what never happened. */
  private afterGap(gap: Cursor | null, remaining: readonly Received[]): readonly Received[] {
    if (!gap || this.options.signal.aborted || compareCursors(this.delivery.position, gap) >= 0)
      return remaining;
    this.options.logger.error('the stream tells what the log does not know; passed over', {
      commit: remaining[0]?.commitId,
    });
    return remaining.filter(({ cursor }) => compareCursors(cursor, gap) !== 0);
  }
}
