import { SilentLogger } from '#contract';
import type { Cursor, FeedEvent, Logger } from '#contract';
import type { LoggedCommit } from '#event-store';
import { rest } from './rest.js';
import { windowsOf } from './windows.js';

export type Handler = (events: readonly FeedEvent[]) => Promise<void>;

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/** The reader's end of a feed: hands it whole commits, again until it takes them, and knows how far it is. */
export class Delivery {
  private readonly logger: Logger;

  /** @param position the commit after which everything is still to be delivered */
  constructor(
    public position: Cursor,
    private readonly handler: Handler,
    private readonly options: Readonly<{ maxBatch: number; signal: AbortSignal; logger?: Logger }>,
  ) {
    this.logger = options.logger ?? new SilentLogger();
  }

  /** Resolves when the handler has taken all of it, or the feed was stopped. A commit is never split. */
  async deliver(commits: readonly LoggedCommit[]): Promise<void> {
    for (const batch of windowsOf(commits, [
      { max: this.options.maxBatch, of: ({ events }) => events.length },
    ])) {
      if (!(await this.hand(batch.flatMap(({ events }) => events)))) return;
      this.position = batch.at(-1)?.cursor ?? this.position;
    }
  }

  private async hand(events: readonly FeedEvent[]): Promise<boolean> {
    const { signal } = this.options;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        if (events.length > 0) await this.handler(events);
        return true;
      } catch (error) {
        this.logger.warn('a reader failed, its events are delivered again', {
          events: events.length,
          error: String(error),
          pauseMs,
        });
        await rest(pauseMs, signal);
      }
    }
    return false;
  }
}
