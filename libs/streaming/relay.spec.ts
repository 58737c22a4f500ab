import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { ORIGIN } from '#contract';
import { MemoryEventStore } from '#test/memory-event-store';
import { natsUrl, startNats, uniquePrefix } from '#test/servers';
import { toMessage } from './cloud-event.js';
import { connectNats } from './connect.nats.js';
import { JetStreamPublicStream } from './jetstream.public-stream.js';
import { publicationsOf } from './publications.js';
import { MemoryRelayCheckpoint } from './relay-checkpoint.js';
import { Relay } from './relay.js';
import type { RelayOptions } from './relay.js';
import { submitted } from './samples.contract.js';

type Hint = () => void;

/** Hints without a bus. */
class Hints {
  readonly listeners = new Set<Hint>();

  async listen(_topic: string, listener: Hint) {
    this.listeners.add(listener);
    return async () => void this.listeners.delete(listener);
  }

  give(): void {
    for (const listener of this.listeners) listener();
  }
}

const FAST: RelayOptions = { pollMs: 20_000, checkMs: 20, retryMs: 20, yieldMs: 50 };

const sameIds = (a: readonly string[], b: readonly string[]) => a.join() === b.join();

describe('the relay, on a broker', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let connection: NatsConnection;
  let prefix: string;
  let log: MemoryEventStore;
  let hints: Hints;
  let checkpoint: MemoryRelayCheckpoint;

  const use = async (url: string) => {
    connection = await connectNats(url, { reconnectWaitMs: 50 });
    ends.push(() => connection.close());
  };
  const options = () => ({ stream: prefix.toUpperCase(), prefix });
  const relayOf = (
    more: RelayOptions = {},
    parts: Partial<{ log: MemoryEventStore; checkpoint: MemoryRelayCheckpoint }> = {},
  ) => {
    const stream = new JetStreamPublicStream(connection, options());
    return new Relay({
      log,
      checkpoint,
      stream,
      wakeUps: hints,
      options: { ...FAST, prefix, ...more },
      ...parts,
    });
  };
  const start = async (relay: Relay) => {
    const stop = await relay.start();
    ends.push(stop);
    return stop;
  };
  const manager = () => jetstreamManager(connection, { checkAPI: false });
  /** The ids in the stream, in order. */
  const published = async (): Promise<string[]> => {
    const consumer = await jetstream(connection).consumers.get(options().stream);
    const { num_pending: pending } = await consumer.info();
    const ids: string[] = [];
    if (pending === 0) return ids;
    for await (const message of await consumer.consume()) {
      ids.push(message.headers?.get('ce-id') ?? '');
      if (message.info.pending === 0) break;
    }
    return ids;
  };
  const logged = (store = log) => store.commits.flatMap(({ events }) => events.map(({ id }) => id));
  /** Waits until as much is published as is logged, and gives the ids. */
  const publishedInTheEnd = (store = log): Promise<string[]> =>
    vi.waitFor(async () => {
      const ids = await published();
      if (!sameIds(ids, logged(store))) throw new Error(`${ids.length} of ${logged(store).length} published`);
      return ids;
    }, 10_000);

  beforeEach(() => {
    prefix = uniquePrefix('ev');
    log = new MemoryEventStore();
    hints = new Hints();
    checkpoint = new MemoryRelayCheckpoint();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('publishes every event of the log once, in order, and what is appended later when it is woken', async () => {
    await use(natsUrl());
    for (let n = 0; n < 40; n += 1) await log.add(`t${n}`, submitted, { type: 'PlanningStarted', data: {} });
    await start(relayOf({ window: 16 }));
    expect(await publishedInTheEnd()).toEqual(logged());
    await log.add('late', submitted);
    hints.give();
    expect(await publishedInTheEnd()).toEqual(logged());
  });

  it('finds what is appended without a hint', async () => {
    await use(natsUrl());
    await start(relayOf({ pollMs: 20 }));
    await log.add('t1', submitted);
    expect(await publishedInTheEnd()).toEqual(logged());
  });

  it('goes on where the stream ends, even in the middle of a commit', async () => {
    await use(natsUrl());
    const stream = new JetStreamPublicStream(connection, options());
    const [first] = await log.add(
      't1',
      submitted,
      { type: 'PlanningStarted', data: {} },
      { type: 'TaskStarted', data: {} },
    );
    const [commit] = log.commits;
    if (!first || !commit) throw new Error('nothing was logged');
    await stream.look();
    await stream.publish(
      [toMessage({ event: first, commitId: commit.commitId, index: 0, count: 3, previous: ORIGIN }, prefix)],
      0,
    );
    await start(relayOf());
    expect(await publishedInTheEnd()).toEqual(logged());
  });

  it.each(['deleted', 'purged'])(
    'publishes everything again, with the same ids, when the stream is %s while it runs',
    async (how) => {
      await use(natsUrl());
      for (let n = 0; n < 10; n += 1) await log.add(`t${n}`, submitted);
      const relay = relayOf();
      await start(relay);
      expect(await publishedInTheEnd()).toEqual(logged());
      const { streams } = await manager();
      if (how === 'deleted') await streams.delete(options().stream);
      else await relay.republish();
      expect(await publishedInTheEnd()).toEqual(logged());
      await log.add('late', submitted);
      hints.give();
      expect(await publishedInTheEnd()).toEqual(logged());
    },
  );

  it('publishes everything again, with the same ids, when the stream was deleted while it was down', async () => {
    await use(natsUrl());
    for (let n = 0; n < 10; n += 1) await log.add(`t${n}`, submitted);
    const stop = await start(relayOf());
    expect(await publishedInTheEnd()).toEqual(logged());
    await stop();
    const { streams } = await manager();
    await streams.delete(options().stream);
    await start(relayOf());
    expect(await publishedInTheEnd()).toEqual(logged());
  });

  it('goes on from its mark when all that was in the stream has aged out', async () => {
    await use(natsUrl());
    for (let n = 0; n < 10; n += 1) await log.add(`t${n}`, submitted);
    const stop = await start(relayOf());
    expect(await publishedInTheEnd()).toEqual(logged());
    await stop();
    const { streams } = await manager();
    await streams.purge(options().stream);
    await log.add('late', submitted);
    await start(relayOf());
    await vi.waitFor(async () => expect(await published()).toContain(logged().at(-1)), 10_000);
    expect((await published()).length).toBeLessThanOrEqual(2);
  });

  it('is refused by the stream where another relay is ahead of what it knows, and nothing is there twice', async () => {
    await use(natsUrl());
    await log.add('t1', submitted);
    const relay = relayOf({ checkMs: 60_000, yieldMs: 500 }); // it will not look by itself
    await start(relay);
    expect(await publishedInTheEnd()).toEqual(logged());
    const ahead = new MemoryEventStore();
    ahead.commits.push(...log.commits);
    await ahead.add('t2', submitted);
    await start(relayOf({ checkMs: 60_000 }, { log: ahead }));
    expect(await publishedInTheEnd(ahead)).toEqual(logged(ahead));
    log.commits.push(...ahead.commits.slice(1));
    hints.give();
    await vi.waitFor(() => expect(relay.status).toBe('waiting'));
    await log.add('t3', submitted);
    await vi.waitFor(() => expect(relay.status).toBe('publishing'));
    expect(await publishedInTheEnd()).toEqual(logged());
  });

  it('has none of a window stored behind a message it did not know of, whatever the ids', async () => {
    await use(natsUrl());
    const stream = new JetStreamPublicStream(connection, options());
    await log.add('t1', submitted, { type: 'PlanningStarted', data: {} }, { type: 'TaskStarted', data: {} });
    const [one, ...others] = publicationsOf(log.commits, { previous: ORIGIN, done: 0, commitId: null }).map(
      (p) => toMessage(p, prefix),
    );
    if (!one) throw new Error('nothing was logged');
    await stream.look();
    await stream.publish([one], 0);
    await expect(stream.publish(others, 0)).rejects.toMatchObject({ code: 'version_conflict' });
    expect(await published()).toEqual(logged().slice(0, 1));
    expect(await stream.look()).toMatchObject({ lastSeq: 1, last: { id: logged()[0] } });
    await stream.publish(others, 1);
    expect(await published()).toEqual(logged());
  });

  it('keeps order and publishes nothing twice where two relays run against each other', async () => {
    await use(natsUrl());
    await start(relayOf({ window: 4, pollMs: 10 }));
    await start(relayOf({ window: 4, pollMs: 10 }));
    for (let n = 0; n < 100; n += 1) {
      await log.add(`t${n}`, submitted);
      hints.give();
    }
    expect(await publishedInTheEnd()).toEqual(logged());
  });

  it('fails closed where the stream holds what the log does not, until the stream is removed', async () => {
    await use(natsUrl());
    await log.add('t1', submitted);
    const stop = await start(relayOf());
    expect(await publishedInTheEnd()).toEqual(logged());
    await stop();
    const restored = new MemoryEventStore();
    await restored.add('another', submitted);
    const relay = relayOf({}, { log: restored });
    await start(relay);
    await vi.waitFor(() => expect(relay.status).toBe('diverged'));
    expect(await published()).toEqual(logged());
    await relay.republish();
    expect(await publishedInTheEnd(restored)).toEqual(logged(restored));
    await vi.waitFor(() => expect(relay.status).toBe('publishing'));
  });

  it('passes over what others put into its subjects', async () => {
    await use(natsUrl());
    await log.add('t1', submitted);
    await start(relayOf());
    expect(await publishedInTheEnd()).toEqual(logged());
    await jetstream(connection).publish(`${prefix}.foreign`, 'what is this?');
    await log.add('t2', submitted, { type: 'PlanningStarted', data: {} }, { type: 'TaskStarted', data: {} });
    hints.give();
    await vi.waitFor(
      async () => expect((await published()).filter((id) => id !== '')).toEqual(logged()),
      10_000,
    );
  });

  it.each([false, true])(
    'waits for a broker that was killed, and goes on (everything it had lost: %s)',
    async (wiped) => {
      const broker = await startNats();
      ends.push(() => broker.stop());
      await use(broker.url);
      for (let n = 0; n < 10; n += 1) await log.add(`t${n}`, submitted);
      const relay = relayOf();
      await start(relay);
      expect(await publishedInTheEnd()).toEqual(logged());
      await broker.kill();
      await log.add('late', submitted);
      hints.give();
      await vi.waitFor(() => expect(relay.status).toBe('waiting'));
      if (wiped) await broker.wipeStore();
      await broker.start();
      await vi.waitFor(() => expect(relay.status).toBe('publishing'), 10_000);
      expect(await publishedInTheEnd()).toEqual(logged());
    },
  );

  it('waits for a database that is away', async () => {
    await use(natsUrl());
    const relay = relayOf({ pollMs: 10 });
    log.away = true;
    await start(relay);
    await vi.waitFor(() => expect(relay.status).toBe('waiting'));
    log.away = false;
    await log.add('t1', submitted);
    expect(await publishedInTheEnd()).toEqual(logged());
  });
});
