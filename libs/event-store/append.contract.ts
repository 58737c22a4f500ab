import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold } from '#task';
import type { EventStore, Stored } from './event-store.js';
import {
  auditEntry,
  codeOf,
  commitOn,
  granted,
  lifeOf,
  newTask,
  planning,
  said,
  shuffled,
  submitted,
} from './samples.contract.js';
import type { On, OpenedStore } from './samples.contract.js';

/** What appends and what they leave promise. */
export function appendContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}, appending`, () => {
    let opened: OpenedStore;
    let store: EventStore;
    beforeAll(async () => {
      opened = await open();
      ({ store } = opened);
    });
    afterAll(() => opened?.close());

    it('is writable and durable', () => expect(store.check()).resolves.toBeUndefined());

    it('gives back what was appended, its texts beside it, and nothing for what never was', async () => {
      const done = await lifeOf(store);
      expect(await store.load(done.taskId)).toEqual(done);
      expect(await store.peek(done.taskId)).toEqual(done);
      expect(await store.loadWithText(done.taskId)).toEqual({ ...done, input: 'in', output: 'out' });
      expect(await store.load(randomUUID())).toBeNull();
      expect(await store.load("no uuid'")).toBeNull();
      expect(await store.history(randomUUID())).toEqual([]);
    });

    it('keeps a snapshot that equals the fold of the history', async () => {
      const { taskId, task } = await lifeOf(store);
      const history = await store.history(taskId);
      expect(history.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(fold(history)).toEqual(task);
    });

    it('reads a history from the middle of a commit, and no more than asked', async () => {
      const { taskId } = await lifeOf(store);
      expect((await store.history(taskId, 4)).map(({ version }) => version)).toEqual([5, 6, 7]);
      expect((await store.history(taskId, 3, 2)).map(({ version }) => version)).toEqual([4, 5]);
    });

    it.each([0, 1, 3])('refuses a writer who expected version %i of a task at 2', async (expectedVersion) => {
      const one = await store.append(commitOn(newTask(), [submitted]));
      const two = await store.append(commitOn(one, [granted]));
      const late = commitOn(two, [planning], { expectedVersion, input: 'in' });
      await expect(store.append(late)).rejects.toMatchObject({ code: 'version_conflict' });
      expect(await store.load(one.taskId)).toEqual(two);
      expect(await store.history(one.taskId)).toHaveLength(2);
    });

    it('refuses a writer who comes before the first', async () => {
      const early = commitOn(newTask(), [submitted], { expectedVersion: 1 });
      await expect(store.append(early)).rejects.toMatchObject({ code: 'version_conflict' });
      expect(await store.load(early.taskId)).toBeNull();
    });

    it('lets one of eight racing writers win each round, on many tasks at once and in any order', async () => {
      const tasks = Array.from<unknown, On>({ length: 5 }, newTask);
      for (let round = 0; round < 20; round++) {
        const attempts = tasks.flatMap((on, i) =>
          Array.from(
            { length: 8 },
            () => [i, commitOn(on, [round === 0 ? submitted : said(`${round}`)])] as const,
          ),
        );
        const order = shuffled([...attempts, ...attempts.slice(0, 5)]); // the first five are sent twice
        const results = await Promise.allSettled(order.map(([, commit]) => store.append(commit)));
        for (const [i] of tasks.entries()) {
          const mine = results.flatMap((result, n) =>
            order[n]?.[0] === i ? [[result, order[n]?.[1].id] as const] : [],
          );
          const winners = new Set(
            mine.flatMap(([result, id]) => (result.status === 'fulfilled' ? [id] : [])),
          );
          expect(winners.size).toBe(1);
          expect(new Set(mine.map(([result]) => codeOf(result)))).toEqual(
            new Set(['won', 'version_conflict']),
          );
          tasks[i] = (await store.load(tasks[i]?.taskId ?? '')) as Stored;
          expect([...winners]).toEqual([(tasks[i] as Stored).commitId]);
        }
      }
      for (const { taskId, task } of tasks) expect(fold(await store.history(taskId))).toEqual(task);
    });

    it('tells the losers of a group from its winners', async () => {
      const taken = await store.append(commitOn(newTask(), [submitted]));
      const group = Array.from({ length: 60 }, (_, i) =>
        commitOn(i % 3 === 0 ? { taskId: taken.taskId, task: null } : newTask(), [submitted]),
      );
      const results = await Promise.allSettled(group.map((commit) => store.append(commit)));
      expect(results.map(codeOf)).toEqual(group.map((_, i) => (i % 3 === 0 ? 'version_conflict' : 'won')));
    });

    it('refuses only the member whose data cannot be held', async () => {
      const bad = [
        commitOn(newTask(), [submitted], { input: 'nul \0 in it' }),
        commitOn(newTask(), [submitted], { input: 'half \ud800' }),
      ];
      const good = Array.from({ length: 10 }, () =>
        commitOn(newTask(), [submitted, said('nul \0 and half \ud800 in an event')]),
      );
      const results = await Promise.allSettled(
        [...good.slice(0, 5), ...bad, ...good.slice(5)].map((c) => store.append(c)),
      );
      expect(results.map(codeOf)).toEqual([
        ...Array(5).fill('won'),
        'invalid_request',
        'invalid_request',
        ...Array(5).fill('won'),
      ]);
      expect((await store.history(good[0]?.taskId ?? ''))[1]?.data).toMatchObject({
        text: 'nul \0 and half \ud800 in an event',
      });
      for (const { taskId } of bad) expect(await store.load(taskId)).toBeNull();
    });

    it('answers an append that is repeated as it did at first, and stores it once', async () => {
      const first = commitOn(newTask(), [submitted], { audit: auditEntry() });
      const stored = await store.append(first);
      expect(await store.append(first)).toEqual(stored);
      const next = await store.append(commitOn(stored, [granted]));
      expect(await store.append(first)).toEqual(stored); // even when others came after it
      expect(await store.load(first.taskId)).toEqual(next);
      expect(await store.history(first.taskId)).toHaveLength(2);
    });
  });
}
