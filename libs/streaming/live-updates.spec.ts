import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Feed } from '#contract';
import type { FeedEvent, Stop } from '#contract';
import { fold } from '#task';
import type { TaskEvent } from '#task';
import { MemoryEventStore } from '#test/memory-event-store';
import { LiveUpdates } from './live-updates.js';
import { output, submitted } from './samples.contract.js';

/** A feed that the spec speaks through. */
class SpokenFeed extends Feed {
  private readonly handlers = new Set<(events: readonly FeedEvent[]) => Promise<void>>();

  override async follow(
    _options: object,
    handler: (events: readonly FeedEvent[]) => Promise<void>,
  ): Promise<Stop> {
    this.handlers.add(handler);
    return async () => void this.handlers.delete(handler);
  }

  async say(events: readonly FeedEvent[]): Promise<void> {
    for (const handler of this.handlers) await handler(events);
  }
}

const planning: TaskEvent = { type: 'PlanningStarted', data: {} };
const started: TaskEvent = { type: 'TaskStarted', data: {} };
const completed: TaskEvent = { type: 'TaskCompleted', data: { output: 'done' } };

const collect = async <T>(steps: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const step of steps) all.push(step);
  return all;
};

const versions = (steps: readonly Readonly<{ version: number }>[]) => steps.map(({ version }) => version);

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('live updates', () => {
  let log: MemoryEventStore;
  let feed: SpokenFeed;
  let live: LiveUpdates;
  let stop: Stop;

  const begin = async (pollMs: number) => {
    live = new LiveUpdates(log, feed, { pollMs });
    stop = await live.start();
  };
  /** Appends, and tells the feed. */
  const add = async (taskId: string, ...events: readonly TaskEvent[]) =>
    feed.say(await log.add(taskId, ...events));

  beforeEach(async () => {
    log = new MemoryEventStore();
    feed = new SpokenFeed();
    await begin(600_000);
  });
  afterEach(() => stop());

  it('tell the whole story, told before and told after one came, and end with it', async () => {
    await add('t', submitted, planning);
    const watching = collect(live.watchUpdates('t'));
    await vi.waitFor(() => expect(live.size).toBe(1));
    await add('t', started);
    await add('t', output('hello'), completed);
    const updates = await watching;
    expect(updates.map(({ version, type, status, output: text }) => [version, type, status, text])).toEqual([
      [1, 'TaskSubmitted', 'pending', undefined],
      [2, 'PlanningStarted', 'planning', undefined],
      [3, 'TaskStarted', 'running', undefined],
      [4, 'OutputAppended', 'running', 'hello'],
      [5, 'TaskCompleted', 'completed', undefined],
    ]);
    expect(live.size).toBe(0);
  });

  it.each([0, 1, 250, 449, 450, 451, 452])(
    'go on after version %i with the right state at every step',
    async (after) => {
      await add('t', submitted, planning, started);
      for (let n = 0; n < 447; n += 1) await log.add('t', output(`${n}`));
      const watching = collect(live.watch('t', { after }));
      await vi.waitFor(() => expect(live.size).toBe(1));
      await add('t', output('live'));
      await add('t', completed);
      const steps = await watching;
      const history = await log.history('t');
      expect(steps.map(({ event }) => event)).toEqual(history.slice(after));
      for (const { event, after: task } of steps.slice(-3))
        expect(task).toEqual(fold(history.slice(0, event.version)));
    },
  );

  it('end at once for one who has seen the end', async () => {
    await add('t', submitted, planning, started, completed);
    expect(await collect(live.watch('t', { after: 4 }))).toEqual([]);
    expect(await collect(live.watch('t', { after: 99 }))).toEqual([]);
  });

  it('lose nothing for a slow reader, and keep only so much for it', async () => {
    await add('t', submitted, planning, started);
    const reader = live.watchUpdates('t');
    const first = await reader.next();
    const big = 'x'.repeat(10_000);
    for (let n = 0; n < 2_000; n += 1) await add('t', output(n % 2 === 0 ? big : `${n}`));
    await add('t', completed);
    expect(versions([first.value, ...(await collect(reader))])).toEqual(upTo(2_004));
  });

  it.each([
    ['repeated', (events: readonly FeedEvent[]) => [...events, ...events]],
    ['out of order', (events: readonly FeedEvent[]) => events.toReversed()],
    ['with gaps', (events: readonly FeedEvent[]) => events.filter((_, i) => i % 3 === 2)],
  ])('put right a feed that tells things %s', async (_how, spoil) => {
    await log.add('t', submitted, planning, started);
    const watching = collect(live.watchUpdates('t'));
    await vi.waitFor(() => expect(live.size).toBe(1));
    for (let n = 0; n < 20; n += 1)
      await feed.say(spoil(await log.add('t', output('1'), output('2'), output('3'))));
    await feed.say(spoil(await log.add('t', output('1'), output('2'), completed)));
    expect(versions(await watching)).toEqual(upTo(66));
  });

  it('come though the feed says nothing', async () => {
    await stop();
    await begin(10);
    await log.add('t', submitted, planning, started);
    const watching = collect(live.watchUpdates('t'));
    await vi.waitFor(() => expect(log.reads.versions).toBeGreaterThan(0));
    await log.add('t', output('unheard of'), completed);
    expect(versions(await watching)).toEqual(upTo(5));
  });

  it('go on after the log was away when they compared', async () => {
    await stop();
    await begin(10);
    await log.add('t', submitted);
    const watching = collect(live.watchUpdates('t'));
    await vi.waitFor(() => expect(log.reads.versions).toBeGreaterThan(0));
    log.away = true;
    await log.add('t', completed).catch(() => {});
    log.away = false;
    await log.add('t', planning, started, completed);
    expect(versions(await watching)).toEqual(upTo(4));
  });

  it('compare all that is watched with one question', async () => {
    await stop();
    await begin(10);
    for (let n = 0; n < 50; n += 1) await log.add(`t${n}`, submitted);
    const watching = upTo(49, 0).map((n) => collect(live.watch(`t${n}`)));
    await vi.waitFor(() => expect(live.size).toBe(50));
    const before = log.reads.versions;
    await vi.waitFor(() => expect(log.reads.versions).toBeGreaterThan(before + 1));
    for (let n = 0; n < 50; n += 1) await log.add(`t${n}`, planning, started, completed);
    expect((await Promise.all(watching)).map(({ length }) => length)).toEqual(
      Array.from({ length: 50 }, () => 4),
    );
  });

  it('read the log no more often than they must', async () => {
    await log.add('t', submitted, planning, started);
    const reader = live.watchUpdates('t');
    for (let n = 0; n < 3; n += 1) await reader.next();
    const pending = reader.next();
    const before = log.reads.history;
    await add('t', output('1'));
    await pending;
    for (let n = 0; n < 200; n += 1) await add('t', output('1'));
    for (let n = 0; n < 200; n += 1) await reader.next();
    expect(log.reads.history).toBe(before);
    await reader.return?.();
  });

  it.each(['the signal', 'return', 'the end of the process'])(
    'end a next() that waits, by %s, and forget who watched',
    async (how) => {
      await add('t', submitted);
      const abort = new AbortController();
      const reader = live.watch('t', { signal: abort.signal });
      await reader.next();
      const pending = reader.next();
      expect(live.size).toBe(1);
      if (how === 'the signal') abort.abort();
      else if (how === 'return') await reader.return?.();
      else await stop();
      expect(await pending).toEqual({ done: true, value: undefined });
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      expect(live.size).toBe(0);
    },
  );

  it('begin nothing for a signal that was given before', async () => {
    await add('t', submitted);
    expect(await collect(live.watch('t', { signal: AbortSignal.abort() }))).toEqual([]);
    expect(live.size).toBe(0);
  });

  it('say when the log is away, and forget who watched', async () => {
    await add('t', submitted);
    log.away = true;
    await expect(live.watch('t').next()).rejects.toMatchObject({ code: 'unavailable' });
    expect(live.size).toBe(0);
  });

  it('reach each of many watchers of many tasks', async () => {
    for (let n = 0; n < 10; n += 1) await add(`t${n}`, submitted, planning);
    const watching = upTo(499, 0).map((n) => collect(live.watchUpdates(`t${n % 10}`, { after: n % 3 })));
    await vi.waitFor(() => expect(live.size).toBe(500));
    for (let n = 0; n < 10; n += 1) await add(`t${n}`, started, completed);
    for (const [n, updates] of (await Promise.all(watching)).entries())
      expect(versions(updates)).toEqual(upTo(4, 1 + (n % 3)));
    expect(live.size).toBe(0);
  });
});
