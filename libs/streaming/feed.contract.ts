import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ORIGIN } from '#contract';
import type { Feed, FeedEvent } from '#contract';
import type { EventStore } from '#event-store';
import type { TaskEvent } from '#task';
import { output, submitted } from './samples.contract.js';

/** A log one can add to, and a feed of it. */
export type FedLog = Readonly<{
  log: Pick<EventStore, 'tail'> & {
    add(taskId: string, ...events: readonly TaskEvent[]): Promise<readonly FeedEvent[]>;
  };
  feed: Feed;
  close: () => Promise<void>;
}>;

const ids = (events: readonly FeedEvent[]) => events.map(({ id }) => id);

/** What every feed promises. A new adapter is done when this passes. */
export function feedContract(name: string, open: () => Promise<FedLog>): void {
  describe(`${name}, as a feed`, () => {
    let fed: FedLog;
    const logged: string[] = [];

    const add = async (taskId: string, ...events: readonly TaskEvent[]) =>
      void logged.push(...ids(await fed.log.add(taskId, ...events)));

    beforeEach(async () => {
      logged.length = 0;
      fed = await open();
    });
    afterEach(() => fed.close());

    it.each([{}, { lingerMs: 20 }])(
      'delivers all from the start, in order, whole, then what comes (%j)',
      async (options) => {
        for (let n = 0; n < 30; n += 1)
          await add(`t${n % 3}`, n < 3 ? submitted : output(`${n}`), output('more'));
        const seen: FeedEvent[] = [];
        const stop = await fed.feed.follow(
          { ...options, from: ORIGIN },
          async (events) => void seen.push(...events),
        );
        await vi.waitFor(() => expect(ids(seen)).toEqual(logged), 10_000);
        for (let n = 0; n < 30; n += 1) await add(`t${n % 3}`, output(`late ${n}`));
        await vi.waitFor(() => expect(ids(seen)).toEqual(logged), 10_000);
        expect(seen).toEqual((await fed.log.tail(ORIGIN, 1_000)).flatMap(({ events }) => events));
        await stop();
      },
    );

    it('delivers what came after a cursor', async () => {
      for (let n = 0; n < 10; n += 1) await add(`t${n}`, submitted);
      const from = (await fed.log.tail(ORIGIN, 100))[4]?.cursor ?? ORIGIN;
      const seen: FeedEvent[] = [];
      const stop = await fed.feed.follow({ from }, async (events) => void seen.push(...events));
      await add('t10', submitted);
      await vi.waitFor(() => expect(ids(seen)).toEqual(logged.slice(5)), 10_000);
      await stop();
    });

    it('delivers only what comes, from now on', async () => {
      await add('t0', submitted);
      const seen: FeedEvent[] = [];
      const stop = await fed.feed.follow({ from: 'now' }, async (events) => void seen.push(...events));
      await add('t0', output('now'));
      await vi.waitFor(() => expect(seen).not.toHaveLength(0), 10_000);
      expect(ids(seen)).toEqual(logged.slice(1));
      await stop();
    });

    it('gives whole commits, in batches no larger than asked for unless one commit is', async () => {
      for (let n = 0; n < 20; n += 1) await add(`t${n}`, submitted, output('1'));
      await add('large', submitted, ...Array.from({ length: 9 }, (_, n) => output(`${n}`)));
      const batches: (readonly FeedEvent[])[] = [];
      const stop = await fed.feed.follow(
        { from: ORIGIN, maxBatch: 5 },
        async (events) => void batches.push(events),
      );
      await vi.waitFor(() => expect(batches.flatMap(ids)).toEqual(logged), 10_000);
      for (const batch of batches) {
        const commits = new Set(batch.map(({ cursor }) => cursor.position));
        expect(batch.length <= 5 || commits.size === 1).toBe(true);
      }
      const endings = batches.map((batch) => batch.at(-1)?.cursor.position);
      expect(new Set(endings).size).toBe(batches.length);
      await stop();
    });

    it('waits for the handler, and brings again what it failed on, before anything else', async () => {
      for (let n = 0; n < 10; n += 1) await add(`t${n}`, submitted);
      const taken: string[] = [];
      let [running, calls] = [0, 0];
      const handler = async (events: readonly FeedEvent[]) => {
        running += 1;
        expect(running).toBe(1);
        calls += 1;
        const fails = calls % 2 === 1;
        await new Promise(setImmediate);
        running -= 1;
        if (fails) throw new Error('the handler fails every other time');
        taken.push(...ids(events));
      };
      const stop = await fed.feed.follow({ from: ORIGIN, maxBatch: 3 }, handler);
      await vi.waitFor(() => expect(taken).toEqual(logged), 10_000);
      await stop();
    });

    it('delivers nothing once it was stopped, and goes on where the reader says when followed again', async () => {
      await add('t0', submitted);
      const first: FeedEvent[] = [];
      const stop = await fed.feed.follow({ from: ORIGIN }, async (events) => void first.push(...events));
      await vi.waitFor(() => expect(first).toHaveLength(1), 10_000);
      await stop();
      await add('t0', output('while nobody listened'));
      const second: FeedEvent[] = [];
      const from = first[0]?.cursor ?? ORIGIN;
      const again = await fed.feed.follow({ from }, async (events) => void second.push(...events));
      await vi.waitFor(() => expect(ids(second)).toEqual(logged.slice(1)), 10_000);
      expect(first).toHaveLength(1);
      await again();
    });

    it('brings everything again to a reader that lost what it had', async () => {
      for (let n = 0; n < 5; n += 1) await add(`t${n}`, submitted);
      for (let round = 0; round < 2; round += 1) {
        const seen: FeedEvent[] = [];
        const stop = await fed.feed.follow({ from: ORIGIN }, async (events) => void seen.push(...events));
        await vi.waitFor(() => expect(ids(seen)).toEqual(logged), 10_000);
        await stop();
      }
    });

    it('feeds each of several readers', async () => {
      const seen: FeedEvent[][] = [[], []];
      const stops = await Promise.all(
        seen.map((list) => fed.feed.follow({ from: 'now' }, async (events) => void list.push(...events))),
      );
      await add('t0', submitted, output('1'));
      for (const list of seen) await vi.waitFor(() => expect(ids(list)).toEqual(logged), 10_000);
      await Promise.all(stops.map((stop) => stop()));
    });
  });
}
