import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placementOf } from '#task';
import type { Submission, Task } from '#task';
import type { EventStore } from './event-store.js';
import { commitOn, granted, lifeOf, newTask, planning, started, submitted } from './samples.contract.js';
import type { OpenedStore } from './samples.contract.js';

/** What those who give tasks to workers are promised. */
export function queueContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}, as a queue`, () => {
    let opened: OpenedStore;
    let store: EventStore;
    beforeAll(async () => {
      opened = await open();
      ({ store } = opened);
    });
    afterAll(() => opened?.close());

    it('keeps a queue that equals the placement of every task', async () => {
      for (const _ of [1, 2]) await store.append(commitOn(newTask(), [submitted]));
      const one = await store.append(commitOn(newTask(), [submitted]));
      const two = await store.append(
        commitOn(await store.append(commitOn(newTask(), [submitted])), [granted]),
      );
      const back = await store.append(
        commitOn(two, [{ type: 'AttemptLost', data: { epoch: 2, reason: 'gone' } }]),
      );
      const again = await store.append(commitOn(back, [granted]));
      const asking = [planning, started, { type: 'InputRequested', data: { prompt: '?' } }] as const;
      const waits = await store.append(
        commitOn(await store.append(commitOn(newTask(), [submitted])), asking),
      );
      await lifeOf(store);
      const { rows } = await opened.pool.query<{ id: string; state: string }>('select id, state from task');
      const inPlace = (place: string) =>
        rows
          .filter(({ state }) => placementOf(JSON.parse(state) as Task) === place)
          .map(({ id }) => id)
          .toSorted();
      const [ready, leased] = [await store.queued(0, 100_000), await store.leased()];
      expect(await store.queued(ready.at(-1)?.place ?? 0, 10)).toEqual([]);
      expect(await store.queued(ready.at(-3)?.place ?? 0, 1)).toEqual([ready.at(-2)]);
      expect(ready.map(({ taskId }) => taskId).toSorted()).toEqual(inPlace('ready'));
      expect(leased.map(({ taskId }) => taskId).toSorted()).toEqual(inPlace('leased'));
      const waiting = await opened.pool.query<{ task_id: string }>('select task_id from queue where waiting');
      expect(waiting.rows.map((row) => row.task_id).toSorted()).toEqual(inPlace('waiting'));
      expect(inPlace('waiting')).toContain(waits.taskId);
      const unfinished = ['ready', 'leased', 'waiting'].flatMap(inPlace).toSorted();
      expect((await store.unfinished('t', 's', 100_000)).toSorted()).toEqual(unfinished);
      expect(await store.unfinished('t', 's', 1)).toHaveLength(1);
      expect(await store.unfinished('t', 'another', 10)).toEqual([]);
      expect(await store.unfinished('another', 's', 10)).toEqual([]);
      expect(ready.at(-1)).toEqual({
        taskId: one.taskId,
        tenant: 't',
        sessionId: 's',
        agentId: 'a',
        priority: 5,
        requires: [],
        submittedAt: Date.parse(one.task.createdAt),
        readyAt: null,
        place: expect.any(Number),
      });
      expect(await store.waitingPerTenant()).toEqual(new Map([['t', ready.length]]));
      expect(leased.find(({ taskId }) => taskId === again.taskId)).toMatchObject({
        workerId: 'w',
        epoch: 4,
        leaseMs: 45_000,
      });
      expect(await store.queueDepth()).toEqual({ ready: ready.length, leased: leased.length });
      expect(await store.queueDepth('t')).toEqual({ ready: ready.length, leased: leased.length });
      expect(await store.queueDepth('another')).toEqual({ ready: 0, leased: 0 });
    });

    it('tells each move once, whoever commits meanwhile, and whether the task waits for a worker by then', async () => {
      let { mark } = await store.moves(null);
      const moved = async () => {
        const moves = await store.moves(mark);
        ({ mark } = moves);
        expect(moves.isComplete).toBe(true);
        return new Map(moves.tasks.map(({ taskId, waiting }) => [taskId, waiting?.taskId]));
      };
      const one = await store.append(commitOn(newTask(), [submitted]));
      const two = await store.append(commitOn(newTask(), [submitted]));
      const held = await store.append(commitOn(two, [granted]));
      expect(await moved()).toEqual(
        new Map([
          [one.taskId, one.taskId],
          [two.taskId, undefined],
        ]),
      );
      expect(await moved()).toEqual(new Map());
      const lost = { type: 'AttemptLost', data: { epoch: 2, reason: 'gone', retryAfterMs: 60_000 } } as const;
      const back = await store.append(commitOn(held, [lost]));
      const [move] = (await store.moves(mark)).tasks;
      expect(move?.waiting?.readyAt).toBe(Date.parse(back.task.retryAt ?? ''));
    });

    it('tells moves while an older transaction is under way, and those of that one when it ends', async (context) => {
      if (!opened.holdXid) return context.skip('there is one connection: nothing can be under way beside it');
      const before = await store.moves(null);
      const release = await opened.holdXid();
      const one = await store.append(commitOn(newTask(), [submitted]));
      const first = await store.moves(before.mark);
      await release();
      const two = await store.append(commitOn(newTask(), [submitted]));
      const second = await store.moves(first.mark);
      expect([first, second].map(({ tasks }) => tasks.map(({ taskId }) => taskId))).toEqual([
        [one.taskId],
        [two.taskId],
      ]);
    });

    it('loses no move and tells none twice while writers race with a reader who looks', async () => {
      let { mark } = await store.moves(null);
      const told: string[] = [];
      let writing = true;
      const reader = (async () => {
        for (let isLast = false; !isLast;) {
          isLast = !writing;
          const moves = await store.moves(mark);
          told.push(...moves.tasks.map(({ taskId }) => taskId));
          ({ mark } = moves);
        }
      })();
      const writer = async (): Promise<string[]> => {
        const ids: string[] = [];
        for (let i = 0; i < 40; i++) ids.push((await store.append(commitOn(newTask(), [submitted]))).taskId);
        return ids;
      };
      const written = (await Promise.all(Array.from({ length: 8 }, writer))).flat();
      writing = false;
      await reader;
      expect(told.toSorted()).toEqual(written.toSorted());
    });

    it('says so where the database has another past than the mark', async () => {
      const { mark } = await store.moves(null);
      const another = mark.replace(/^\d+/, '999');
      expect(await store.moves(another)).toMatchObject({ tasks: [], isComplete: false, mark });
    });

    it('counts what goes before a waiting task in its session: by priority, then age', async () => {
      const inSession = (sessionId: string, priority: number, at: string) => {
        const data = { ...submitted.data, sessionId, priority } as Submission;
        return store.append(commitOn(newTask(), [{ type: 'TaskSubmitted', data }], { at }));
      };
      const session = randomUUID();
      const start = Date.parse('2026-01-01T00:00:00Z');
      const minute = (n: number) => new Date(start + n * 60_000).toISOString();
      const old = await inSession(session, 0, minute(0));
      const normal = await inSession(session, 5, minute(1));
      const urgent = await inSession(session, 9, minute(2));
      await inSession(randomUUID(), 9, minute(0));
      const positions = () =>
        Promise.all([old, normal, urgent].map(({ taskId }) => store.positionInQueue(taskId)));
      expect(await positions()).toEqual([3, 2, 1]);
      await store.append(commitOn(urgent, [granted]));
      expect(await positions()).toEqual([2, 1, null]);
      expect(await store.positionInQueue(randomUUID())).toBeNull();
    });
  });
}
