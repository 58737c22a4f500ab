import { JetStreamApiError } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MeshError, isMeshError, messageOf } from '#errors';

/** A connection that may not be there yet, or be lost for a while. */
export type BrokerLink = Readonly<{
  current: NatsConnection | null;
  connected: boolean;
  /** As `work`; rejects when the connection is lost before that has settled. */
  whileConnected<Result>(work: Promise<Result>): Promise<Result>;
}>;

/** Asks the broker, and says in our words what went wrong. */
export class BrokerReach {
  constructor(private readonly link: BrokerLink) {}

  /** @throws {MeshError} `unavailable` where the broker is away, or has no room; what `work` throws of ours */
  async use<Result>(work: (connection: NatsConnection) => Promise<Result>): Promise<Result> {
    const { current, connected } = this.link;
    if (!current || !connected) throw away('the broker is away');
    try {
      return await this.link.whileConnected(work(current));
    } catch (error) {
      throw isMeshError(error) ? error : away(reasonOf(error), error);
    }
  }

  /** The same items, one asked for at a time. @throws {MeshError} as `use` */
  async *each<Item>(
    items: (connection: NatsConnection) => AsyncIterator<Item>,
  ): AsyncGenerator<Item, void, undefined> {
    const iterator = await this.use(async (connection) => ({ items: items(connection) }));
    for (;;) {
      const { done, value } = await this.use(() => iterator.items.next());
      if (done) return;
      yield value;
    }
  }
}

/** The broker's own words, which name a limit but no secret. */
const reasonOf = (error: unknown): string =>
  error instanceof JetStreamApiError ? `the broker says: ${error.message}` : messageOf(error);

const away = (why: string, cause?: unknown) =>
  new MeshError(
    'unavailable',
    `artifacts cannot be reached: ${why}`,
    { hint: 'they are kept in the broker (artifacts.store: jetstream): try again', retryAfterSeconds: 5 },
    { cause },
  );
