import type { NatsConnection } from '@nats-io/transport-node';
import { Feed, SilentLogger } from '#contract';
import type { FeedEvent, FollowOptions, Logger, Stop } from '#contract';
import type { EventStore } from '#event-store';
import { startOf } from './catch-up.js';
import { Delivery } from './delivery.js';
import type { EventsStreamOptions } from './events-stream.js';
import { NatsLink } from './link.nats.js';
import { SharedSource } from './shared-source.jetstream.js';
import { StreamReader } from './stream-reader.js';

const DEFAULT_BATCH = 500;

export type JetStreamFeedOptions = EventsStreamOptions &
  Readonly<{
    /** After how long a silence to look whether the log has what the stream did not bring. @default 2000 */
    pollMs?: number;
    /** How many messages may wait for a reader; one that has more reads on from the log. @default 5000 */
    maxWaiting?: number;
    logger?: Logger;
  }>;

/**
 * The public stream, with the log behind it. A reader's place is a place in the log: it begins after `from`, and
 * whatever the stream does not bring (a gap, a stream that was lost, a broker that is away, an event too large for it)
 * is read from the log. So nothing is missed, whatever happens to the stream, and nothing depends on how far back it
 * reaches. All readers share one consumer, which acknowledges nothing: each message comes to this process once.
 */
export class JetStreamFeed extends Feed {
  private readonly source: SharedSource;

  constructor(
    connection: NatsConnection | Promise<NatsConnection>,
    private readonly log: EventStore,
    private readonly options: JetStreamFeedOptions = {},
  ) {
    super();
    const { logger = new SilentLogger() } = options;
    this.source = new SharedSource(new NatsLink(connection), { ...options, logger });
  }

  /** The `Stop` waits for the handler that is at work. */
  override async follow(
    { from, maxBatch = DEFAULT_BATCH, lingerMs = 0 }: FollowOptions,
    handler: (events: readonly FeedEvent[]) => Promise<void>,
  ): Promise<Stop> {
    const abort = new AbortController();
    const { signal } = abort;
    const { logger = new SilentLogger(), pollMs = 2_000, maxWaiting = 5_000 } = this.options;
    const delivery = new Delivery(await startOf(this.log, from), handler, { maxBatch, signal, logger });
    const options = { pollMs, maxWaiting, maxBatch, lingerMs, signal, logger };
    const reader = new StreamReader(this.log, delivery, options);
    const listener = {
      arrive: reader.arrive.bind(reader),
      opened: () => reader.lookIntoLog(),
    };
    this.source.join(listener);
    const done = reader.run();
    return async () => {
      abort.abort();
      await Promise.all([done, this.source.leave(listener)]);
    };
  }
}
