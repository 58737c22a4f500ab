import { vi } from 'vitest';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MemoryEventStore } from '#test/memory-event-store';
import { uniquePrefix } from '#test/servers';
import { connectNats } from './connect.nats.js';
import { JetStreamPublicStream } from './jetstream.public-stream.js';
import { MemoryRelayCheckpoint } from './relay-checkpoint.js';
import { Relay } from './relay.js';
import type { RelayOptions } from './relay.js';

/** Hints without a bus. */
class Hints {
  private readonly listeners = new Set<() => void>();

  async listen(_topic: string, listener: () => void) {
    this.listeners.add(listener);
    return async () => void this.listeners.delete(listener);
  }

  give(): void {
    for (const listener of this.listeners) listener();
  }
}

const FAST: RelayOptions = { pollMs: 20_000, checkMs: 20, retryMs: 20, yieldMs: 50 };

/** A log, a stream of its own on a real broker, and relays between them. */
export class RelayInTest {
  readonly ends: (() => Promise<unknown>)[] = [];
  readonly prefix = uniquePrefix('ev');
  readonly options = { stream: this.prefix.toUpperCase(), prefix: this.prefix };
  readonly log = new MemoryEventStore();
  readonly hints = new Hints();
  private readonly checkpoint = new MemoryRelayCheckpoint();

  private constructor(readonly connection: NatsConnection) {
    this.ends.push(() => connection.close());
  }

  static async on(url: string): Promise<RelayInTest> {
    return new RelayInTest(await connectNats(url, { reconnectWaitMs: 50 }));
  }

  async close(): Promise<void> {
    for (const end of this.ends.splice(0).toReversed()) await end();
  }

  relayOf(more: RelayOptions = {}, log: MemoryEventStore = this.log): Relay {
    const stream = new JetStreamPublicStream(this.connection, this.options);
    const { checkpoint, hints: wakeUps, prefix } = this;
    return new Relay({ log, checkpoint, stream, wakeUps, options: { ...FAST, prefix, ...more } });
  }

  async start(relay: Relay) {
    const stop = await relay.start();
    this.ends.push(stop);
    return stop;
  }

  async streams() {
    return (await jetstreamManager(this.connection, { checkAPI: false })).streams;
  }

  /** The ids in the stream, in order; `''` for what is not ours. */
  async published(): Promise<string[]> {
    const consumer = await jetstream(this.connection).consumers.get(this.options.stream);
    const { num_pending: pending } = await consumer.info();
    const ids: string[] = [];
    if (pending === 0) return ids;
    for await (const message of await consumer.consume()) {
      ids.push(message.headers?.get('ce-id') ?? '');
      if (message.info.pending === 0) break;
    }
    return ids;
  }

  logged(log = this.log): string[] {
    return log.commits.flatMap(({ events }) => events.map(({ id }) => id));
  }

  /** Waits until as much is published as is logged, and gives the ids. */
  publishedInTheEnd(log = this.log): Promise<string[]> {
    return vi.waitFor(async () => {
      const ids = await this.published();
      if (ids.join() !== this.logged(log).join())
        throw new Error(`${ids.length} of ${this.logged(log).length} published`);
      return ids;
    }, 10_000);
  }
}
