import type { NatsConnection } from '@nats-io/transport-node';
import { Feed, SilentLogger, compareCursors } from '#contract';
import type { Cursor, FeedEvent, Logger, Stop } from '#contract';
import type { EventStore } from '#event-store';
import { assemble } from './assemble.js';
import { catchUp, startOf } from './catch-up.js';
import { Delivery } from './delivery.js';
import type { EventsStreamOptions } from './events-stream.js';
import { NatsLink } from './link.nats.js';
import { Pace } from './pace.js';
import { rest } from './rest.js';
import { StreamSource } from './source.jetstream.js';
import type { Arrived } from './source.jetstream.js';

const DEFAULT_BATCH = 500;
const RETRY_MS = 500;

export type JetStreamFeedOptions = EventsStreamOptions &
  Readonly<{
    /** After how long a silence to look whether the log has what the stream did not bring. @default 2000 */
    pollMs?: number;
    logger?: Logger;
  }>;

/**
 * The public stream, with the log behind it. The reader's place is a place in the log: it begins after `from`, and
 * whatever the stream does not bring (a gap, a stream that was lost, a broker that is away, an event too large for it)
 * is read from the log. So nothing is missed, whatever happens to the stream, and nothing depends on how far back it
 * reaches. What a durable consumer has acknowledged shows operators how far a reader is; `from` is what counts.
 */
export class JetStreamFeed extends Feed {
  private readonly link: NatsLink;

  constructor(
    connection: NatsConnection | Promise<NatsConnection>,
    private readonly log: EventStore,
    private readonly options: JetStreamFeedOptions = {},
  ) {
    super();
    this.link = new NatsLink(connection);
  }

  /** The `Stop` waits for the handler that is at work. */
  override async follow(
    options: Readonly<{ durableName?: string; from: Cursor | 'now'; maxBatch?: number }>,
    handler: (events: readonly FeedEvent[]) => Promise<void>,
  ): Promise<Stop> {
    const abort = new AbortController();
    const { signal } = abort;
    const { logger = new SilentLogger(), pollMs = 2_000 } = this.options;
    const { maxBatch = DEFAULT_BATCH, durableName = null } = options;
    const start = await startOf(this.log, options.from);
    const reader = new Reader(this.log, new Delivery(start, handler, { maxBatch, signal, logger }), {
      pollMs,
      signal,
      logger,
    });
    const source = new StreamSource(this.link, { ...this.options, durableName, maxBatch, signal, logger });
    const done = Promise.all([
      reader.run(),
      source.run(
        (message) => reader.arrive(message),
        () => reader.lookIntoLog(),
      ),
    ]);
    return async () => {
      abort.abort();
      await done;
    };
  }
}

/** Puts what arrives in order, fills what is missing from the log, and acknowledges what was delivered. */
class Reader {
  private readonly pace: Pace;
  private mailbox: readonly Arrived[] = [];
  private fresh: Arrived[] = [];
  private progressAt = -Infinity;

  constructor(
    private readonly log: EventStore,
    private readonly delivery: Delivery,
    private readonly options: Readonly<{ pollMs: number; signal: AbortSignal; logger: Logger }>,
  ) {
    this.pace = new Pace(options.pollMs, options.signal);
  }

  arrive(message: Arrived): void {
    this.fresh.push(message);
    this.pace.hint();
  }

  lookIntoLog(): void {
    this.progressAt = -Infinity;
    this.pace.hint();
  }

  async run(): Promise<void> {
    const { signal, logger, pollMs } = this.options;
    while (!signal.aborted) {
      try {
        if (this.fresh.length > 0) await this.takeFresh();
        else if (performance.now() - this.progressAt >= pollMs) await this.look();
        else await this.pace.next();
      } catch (error) {
        logger.warn('the log could not be read, trying again', { error: String(error) });
        await rest(RETRY_MS, signal);
      }
    }
  }

  private async look(): Promise<void> {
    await catchUp(this.log, this.delivery, this.options.signal);
    this.progressAt = performance.now();
  }

  private async takeFresh(): Promise<void> {
    const arrived = [...this.mailbox, ...this.fresh];
    this.fresh = [];
    this.mailbox = arrived; // kept, should the log be away
    let left: readonly Arrived[] = arrived;
    for (;;) {
      const before = this.delivery.position;
      const { commits, gap, rest: remaining } = assemble(left, before);
      await this.delivery.deliver(commits);
      if (gap) await catchUp(this.log, this.delivery, this.options.signal, gap);
      left = this.afterGap(gap, remaining);
      if (compareCursors(before, this.delivery.position) < 0) this.progressAt = performance.now();
      if (!gap) break;
    }
    this.mailbox = left;
    if (this.options.signal.aborted) return; // what was not delivered must not be acknowledged
    const waiting = new Set(left);
    for (const message of arrived) if (!waiting.has(message)) message.ack();
  }

  /** A stream that is ahead of the log tells of what never happened. */
  private afterGap(gap: Cursor | null, remaining: readonly Arrived[]): readonly Arrived[] {
    if (!gap || this.options.signal.aborted || compareCursors(this.delivery.position, gap) >= 0)
      return remaining;
    this.options.logger.error('the stream tells what the log does not know; passed over', {
      commit: remaining[0]?.commitId,
    });
    return remaining.filter(({ cursor }) => compareCursors(cursor, gap) !== 0);
  }
}
