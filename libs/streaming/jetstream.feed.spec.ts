import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Logger, ORIGIN, SilentLogger, WakeUps } from '#contract';
import type { Cursor, FeedEvent } from '#contract';
import { MemoryEventStore } from '#test/memory-event-store';
import { natsUrl, startNats, uniquePrefix } from '#test/servers';
import { connectNats } from './connect.nats.js';
import { InProcessBus } from './in-process.bus.js';
import { JetStreamFeed } from './jetstream.feed.js';
import { JetStreamPublicStream } from './jetstream.public-stream.js';
import { MemoryRelayCheckpoint } from './relay-checkpoint.js';
import { Relay } from './relay.js';
import { output, submitted } from './samples.contract.js';

const NEVER = 600_000;

/** Keeps what it is told, by how grave it is. */
class KeepingLogger extends Logger {
  readonly told = { info: [] as string[], warn: [] as string[], error: [] as string[] };
  override info = (message: string): void => void this.told.info.push(message);
  override warn = (message: string): void => void this.told.warn.push(message);
  override error = (message: string): void => void this.told.error.push(message);
}

describe('JetStreamFeed', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let connection: NatsConnection;
  let log: MemoryEventStore;
  let seen: FeedEvent[];
  let options: Readonly<{ stream: string; prefix: string }>;

  const relay = async () => {
    const wakeUps = new WakeUps(new InProcessBus());
    log.onCommitted(() => wakeUps.signal('log'));
    const stream = new JetStreamPublicStream(connection, options);
    const parts = { log, stream, wakeUps, checkpoint: new MemoryRelayCheckpoint() };
    const stop = await new Relay({
      ...parts,
      options: { prefix: options.prefix, checkMs: 50, retryMs: 20 },
    }).start();
    ends.push(stop);
    return stop;
  };
  const follow = async (
    from: Cursor | 'now' = ORIGIN,
    pollMs = NEVER,
    logger: Logger = new SilentLogger(),
  ) => {
    const feed = new JetStreamFeed(connection, log, { ...options, pollMs, logger });
    const stop = await feed.follow({ from }, async (events) => void seen.push(...events));
    ends.push(stop);
    return stop;
  };
  const manager = () => jetstreamManager(connection, { checkAPI: false });
  const fill = async (count: number) => {
    for (let n = 0; n < count; n += 1) await log.add(`t${log.commits.length}`, submitted, output('x'));
  };
  const logged = () => log.commits.flatMap(({ events }) => events.map(({ id }) => id));
  /** Waits until the reader has all there is, and gives what it has. */
  const seenInTheEnd = async () => {
    await vi.waitUntil(() => seen.length >= logged().length, 20_000);
    return seen.map(({ id }) => id);
  };
  const use = async (url: string) => {
    connection = await connectNats(url, { reconnectWaitMs: 50 });
    ends.push(() => connection.close());
  };
  const consumers = async () => (await manager()).consumers.list(options.stream).next();
  /** Resolves when the one consumer there is is at work and has been given all there was. */
  const untilIdle = () =>
    vi.waitFor(async () => {
      const infos = await consumers();
      expect(infos.map((info) => [info.num_pending, info.num_waiting > 0])).toEqual([[0, true]]);
      return infos[0]?.name ?? '';
    }, 10_000);

  beforeEach(() => {
    const prefix = uniquePrefix('feed');
    options = { stream: prefix, prefix };
    log = new MemoryEventStore();
    seen = [];
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('lives from the stream, not from the log, as long as the stream brings all', async () => {
    await use(natsUrl());
    await relay();
    await fill(10);
    await vi.waitFor(async () =>
      expect((await (await manager()).streams.info(options.stream)).state.messages).toBe(20),
    );
    await follow();
    expect(await seenInTheEnd()).toEqual(logged());
    await untilIdle();
    await vi.waitFor(() => expect(log.reads.tail).toBeGreaterThan(0));
    const tail = vi.spyOn(log, 'tail');
    await fill(20);
    expect(await seenInTheEnd()).toEqual(logged());
    await untilIdle();
    const readers = tail.mock.calls.filter(([, limit]) => limit === 500); // the relay's pages are smaller
    expect(readers).toEqual([]);
  });

  it('misses nothing when the stream is deleted while it is down, and made again with new commits in it', async () => {
    await use(natsUrl());
    const stopRelay = await relay();
    await fill(20);
    const stop = await follow();
    expect(await seenInTheEnd()).toEqual(logged());
    await stop();
    await stopRelay();
    await (await manager()).streams.delete(options.stream);
    await fill(20);
    await relay();
    await vi.waitFor(async () =>
      expect((await (await manager()).streams.info(options.stream)).state.messages).toBe(80),
    );
    await follow(seen.at(-1)?.cursor);
    await fill(5);
    expect(await seenInTheEnd()).toEqual(logged());
  });

  it.each(['the stream', 'the consumer'])(
    'misses nothing when %s is deleted while it follows',
    async (what) => {
      await use(natsUrl());
      await relay();
      await fill(5);
      await follow();
      expect(await seenInTheEnd()).toEqual(logged());
      const consumer = await untilIdle();
      const { streams, consumers: all } = await manager();
      if (what === 'the stream') await streams.delete(options.stream);
      else await all.delete(options.stream, consumer);
      for (let round = 0; round < 10; round += 1) {
        await fill(1);
        expect(await seenInTheEnd()).toEqual(logged());
      }
      await untilIdle();
    },
  );

  it.each([
    ['one from the start', false, ORIGIN],
    ['one from the start, all lost', true, ORIGIN],
    ['one from now on', false, 'now'],
    ['one from now on, all lost', true, 'now'],
  ] as const)('goes on when the broker was killed: %s', async (_who, wiped, from) => {
    const broker = await startNats();
    ends.push(() => broker.stop());
    await use(broker.url);
    await relay();
    await follow(from);
    await fill(10);
    expect(await seenInTheEnd()).toEqual(logged());
    await broker.kill();
    await fill(10);
    if (wiped) await broker.wipeStore();
    await broker.start();
    await fill(10);
    expect(await seenInTheEnd()).toEqual(logged());
    await fill(10);
    expect(await seenInTheEnd()).toEqual(logged());
  });

  it('warns of a stream that was lost, and not of one that was never there', async () => {
    await use(natsUrl());
    const logger = new KeepingLogger();
    await follow(ORIGIN, NEVER, logger);
    await vi.waitFor(() => expect(logger.told.info).toEqual(['there is no stream yet, waiting for it']));
    await relay();
    await untilIdle();
    expect(logger.told.warn).toEqual([]);
    await (await manager()).streams.delete(options.stream);
    await vi.waitFor(() => expect(logger.told.warn).toEqual(['the stream was lost, looking for it']), 20_000);
  });

  it('reads the log by itself when the stream brings nothing', async () => {
    await use(natsUrl());
    await follow(ORIGIN, 20);
    await fill(10);
    expect(await seenInTheEnd()).toEqual(logged());
  });

  it('brings an event that is too large for the broker', async () => {
    await use(natsUrl());
    await relay();
    await follow();
    await fill(1);
    await log.add('large', submitted, output('\u0001'.repeat(256 * 1024)), output('after'));
    await fill(1);
    expect(await seenInTheEnd()).toEqual(logged());
    expect(seen.filter(({ taskId }) => taskId === 'large').map(({ event }) => event)).toEqual(
      await log.history('large'),
    );
  });
});
