import { Feed, SilentLogger } from '#contract';
import type { FeedEvent, FollowOptions, Logger, Stop, WakeUps } from '#contract';
import type { EventStore } from '#event-store';
import { catchUp, startOf } from './catch-up.js';
import { Delivery } from './delivery.js';
import { Pace } from './pace.js';
import { rest } from './rest.js';

const DEFAULT_BATCH = 500;
const RETRY_MS = 500;

export type LogTailFeedOptions = Readonly<{
  /** How often to look without a hint. @default 250 */
  pollMs?: number;
  logger?: Logger;
}>;

/** The log's own tail. Remembers nothing between processes: a reader passes the cursor it keeps. */
export class LogTailFeed extends Feed {
  constructor(
    private readonly log: EventStore,
    private readonly wakeUps: Pick<WakeUps, 'listen'>,
    private readonly options: LogTailFeedOptions = {},
  ) {
    super();
  }

  /** The `Stop` waits for the handler that is at work. */
  override async follow(
    { from, maxBatch = DEFAULT_BATCH, lingerMs = 0 }: FollowOptions,
    handler: (events: readonly FeedEvent[]) => Promise<void>,
  ): Promise<Stop> {
    const abort = new AbortController();
    const { logger = new SilentLogger(), pollMs = 250 } = this.options;
    const pace = new Pace(pollMs, abort.signal);
    const start = await startOf(this.log, from);
    const delivery = new Delivery(start, handler, { maxBatch, signal: abort.signal, logger });
    const deaf = await this.wakeUps.listen('log', () => pace.hint());
    const done = this.run(delivery, pace, lingerMs, { signal: abort.signal, logger });
    return async () => {
      abort.abort();
      await Promise.all([deaf(), done]);
    };
  }

  private async run(
    delivery: Delivery,
    pace: Pace,
    lingerMs: number,
    { signal, logger }: Readonly<{ signal: AbortSignal; logger: Logger }>,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await catchUp(this.log, delivery, signal)) await rest(lingerMs, signal);
        await pace.next();
      } catch (error) {
        logger.warn('the log could not be read, trying again', { error: String(error) });
        await rest(RETRY_MS, signal);
      }
    }
  }
}
