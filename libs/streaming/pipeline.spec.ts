import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { jetstreamManager } from '@nats-io/jetstream';
import { ORIGIN, WakeUps } from '#contract';
import type { FeedEvent } from '#contract';
import { PostgresEventStore, openDatabase } from '#event-store';
import type { Database } from '#event-store';
import type { TaskEvent, TaskOrNone } from '#task';
import { settled } from '#test/settled';
import { commitOf } from '#test/memory-event-store';
import { freshDatabase, startNats, uniquePrefix } from '#test/servers';
import type { NatsServer } from '#test/servers';
import { compareWithLog } from './compare-with-log.contract.js';
import { connectNats } from './connect.nats.js';
import { JetStreamFeed } from './jetstream.feed.js';
import { JetStreamPublicStream } from './jetstream.public-stream.js';
import { LiveUpdates } from './live-updates.js';
import { NatsBus } from './nats.bus.js';
import { PostgresRelayCheckpoint } from './postgres.relay-checkpoint.js';
import { RelayCheckpoint1763800000000 } from './relay-checkpoint.migration.js';
import { Relay } from './relay.js';
import { output, submitted } from './samples.contract.js';

const planning: TaskEvent = { type: 'PlanningStarted', data: {} };
const started: TaskEvent = { type: 'TaskStarted', data: {} };
const completed: TaskEvent = { type: 'TaskCompleted', data: { output: 'done' } };

describe('from the log in Postgres over the broker to readers and watchers', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let database: Database;
  let dropDatabase: () => Promise<void>;
  let broker: NatsServer;
  let log: PostgresEventStore;
  let prefix: string;
  let feed: JetStreamFeed;
  let stream: JetStreamPublicStream;

  beforeAll(async () => {
    broker = await startNats();
  });
  afterAll(() => broker.stop());

  beforeEach(async () => {
    const { url, drop } = await freshDatabase();
    dropDatabase = drop;
    database = await openDatabase({
      at: { kind: 'postgres', url },
      migrations: [RelayCheckpoint1763800000000],
      maxConnections: 2,
    });
    log = new PostgresEventStore(database);
    prefix = uniquePrefix('pipe');
    const connection = connectNats(broker.url, { reconnectWaitMs: 50 });
    const bus = new NatsBus(connection);
    ends.push(() => bus.close());
    const wakeUps = new WakeUps(bus);
    log.onCommitted(() => wakeUps.signal('log'));
    const options = { stream: prefix, prefix };
    stream = new JetStreamPublicStream(connection, options);
    feed = new JetStreamFeed(connection, log, options);
    const checkpoint = new PostgresRelayCheckpoint(database.pool);
    ends.push(
      await new Relay({ log, stream, checkpoint, wakeUps, options: { prefix, checkMs: 100 } }).start(),
    );
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
    await database.close();
    await dropDatabase();
  });

  const add = async (taskId: string, task: TaskOrNone, ...events: readonly TaskEvent[]) =>
    (await log.append(commitOf(taskId, task, events, new Date().toISOString()))).task;

  /** Eight writers at once, each a task after another. */
  const work = async (tasks: number) => {
    const writer = async () => {
      for (let n = 0; n < tasks; n += 1) {
        const id = crypto.randomUUID();
        const task = await add(id, null, submitted, planning, started);
        await add(id, await add(id, task, output('caf\u00e9')), completed);
      }
    };
    await Promise.all(Array.from({ length: 8 }, writer));
  };
  const logged = async () => {
    await settled(log);
    return (await log.tail(ORIGIN, 10_000)).flatMap(({ events }) => events);
  };

  it('brings every event of concurrent writers to a reader, in the order of the log, and the stream equals the log', async () => {
    const seen: FeedEvent[] = [];
    ends.push(await feed.follow({ from: ORIGIN }, async (events) => void seen.push(...events)));
    await work(10);
    const all = await logged();
    expect(all).toHaveLength(8 * 10 * 5);
    await vi.waitFor(() => expect(seen).toHaveLength(all.length), 20_000);
    expect(seen).toEqual(all);
    await vi.waitFor(async () => {
      expect(await compareWithLog(log, stream.messages())).toEqual({
        compared: all.length,
        missing: [],
        extra: [],
      });
    }, 10_000);
  });

  it('shows a watcher every event once, in order, while the broker is killed and started again', async () => {
    const live = new LiveUpdates(log, feed);
    ends.push(await live.start());
    const id = crypto.randomUUID();
    let task = await add(id, null, submitted, planning, started);
    const seen: number[] = [];
    const watching = (async () => {
      for await (const update of live.watchUpdates(id)) seen.push(update.version);
    })();
    await vi.waitFor(() => expect(seen).toHaveLength(3));
    task = await add(id, task, output('before'));
    await vi.waitFor(() => expect(seen).toHaveLength(4), 10_000);
    await broker.kill();
    task = await add(id, task, output('while it was away'));
    await vi.waitFor(() => expect(seen).toHaveLength(5), 10_000); // read from the log
    await broker.start();
    task = await add(id, task, output('after'));
    await add(id, task, completed);
    await watching;
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('writes down how far the relay is, and finds what the stream has too much or too little of', async () => {
    const checkpoint = new PostgresRelayCheckpoint(database.pool);
    expect(await checkpoint.load('none')).toBeNull();
    const mark = {
      created: '2026-01-01',
      lastSeq: 7,
      cursor: { incarnation: 1, xid: '18446744073709551615', position: '9' },
    };
    await checkpoint.save('some', mark);
    await checkpoint.save('some', { ...mark, lastSeq: 8 });
    expect(await checkpoint.load('some')).toEqual({ ...mark, lastSeq: 8 });

    await work(1);
    const all = await logged();
    await vi.waitFor(async () => expect((await stream.look()).lastSeq).toBe(all.length), 10_000);
    const { streams } = await jetstreamManager(
      await connectNats(broker.url).then((connection) => {
        ends.push(() => connection.close());
        return connection;
      }),
    );
    await streams.deleteMessage(prefix, 3);
    expect(await compareWithLog(log, stream.messages())).toEqual({
      compared: all.length - 1,
      missing: [all[2]?.id],
      extra: [],
    });
    const half = { tail: async () => [] };
    const { extra } = await compareWithLog(half, stream.messages());
    expect(extra).toHaveLength(all.length - 1);
  });
});
