import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jetstreamManager } from '@nats-io/jetstream';
import { ORIGIN } from '#contract';
import type { FeedEvent } from '#contract';
import { natsUrl } from '#test/servers';
import { JetStreamFeed } from './jetstream.feed.js';
import { JetStreamPublicStream } from './jetstream.public-stream.js';
import { RelayInTest } from './relay-in-test.contract.js';
import { output, submitted } from './samples.contract.js';

const NEVER = 600_000;

const ids = (events: readonly FeedEvent[]) => events.map(({ id }) => id);

describe('the readers of one JetStreamFeed', () => {
  let mesh: RelayInTest;

  const feedOf = (maxWaiting = 5_000) =>
    new JetStreamFeed(mesh.connection, mesh.log, { ...mesh.options, pollMs: NEVER, maxWaiting });
  const consumers = async () => {
    const manager = await jetstreamManager(mesh.connection, { checkAPI: false });
    return manager.consumers.list(mesh.options.stream).next();
  };
  const oneConsumer = () => vi.waitFor(async () => expect(await consumers()).toHaveLength(1), 10_000);
  /** Adds a task, and tells the relay. */
  const add = async () => {
    await mesh.log.add(`t${mesh.log.commits.length}`, submitted, output('x'));
    mesh.hints.give();
  };

  beforeEach(async () => {
    mesh = await RelayInTest.on(natsUrl());
    await new JetStreamPublicStream(mesh.connection, mesh.options).look(); // makes it
    await mesh.start(mesh.relayOf());
    await add();
    const streams = await mesh.streams();
    await vi.waitUntil(async () => (await streams.info(mesh.options.stream)).state.messages === 2);
  });
  afterEach(() => mesh.close());

  it('share one consumer, as long as there is one of them', async () => {
    const feed = feedOf();
    const lists: FeedEvent[][] = [[], [], []];
    const stops = await Promise.all(
      lists.map((list) => feed.follow({ from: ORIGIN }, async (events) => void list.push(...events))),
    );
    await oneConsumer();
    for (const list of lists) await vi.waitFor(() => expect(ids(list)).toEqual(mesh.logged()), 10_000);
    for (let round = 0; round < 10; round += 1) await add();
    for (const list of lists) await vi.waitFor(() => expect(ids(list)).toEqual(mesh.logged()), 10_000);
    expect(await consumers()).toHaveLength(1);
    await Promise.all(stops.slice(1).map((stop) => stop()));
    expect(await consumers()).toHaveLength(1);
    await stops[0]?.();
    expect(await consumers()).toEqual([]);
    mesh.ends.push(await feed.follow({ from: 'now' }, async () => {}));
    await oneConsumer();
  });

  it('are sent to the log, each for itself, where too much waits', async () => {
    const feed = feedOf(20);
    const quick: FeedEvent[] = [];
    const slow: FeedEvent[] = [];
    const release: (() => void)[] = [];
    const blocked = new Promise<void>((resolve) => void release.push(resolve));
    mesh.ends.push(await feed.follow({ from: 'now' }, async (events) => void quick.push(...events)));
    const take = async (events: readonly FeedEvent[]) => {
      await blocked;
      slow.push(...events);
    };
    mesh.ends.push(await feed.follow({ from: ORIGIN }, take));
    await oneConsumer();
    for (let round = 1; round <= 20; round += 1) {
      await add();
      await vi.waitFor(() => expect(quick).toHaveLength(2 * round), 10_000);
    }
    const logged = (await mesh.log.tail(ORIGIN, 1_000)).flatMap(({ events }) => events);
    release[0]?.();
    await vi.waitFor(() => expect(slow).toEqual(logged), 10_000);
    expect(slow.at(-1)).toBe(logged.at(-1)); // the log's own
    expect(quick.at(-1)).not.toBe(logged.at(-1)); // what the stream brought
  });
});
