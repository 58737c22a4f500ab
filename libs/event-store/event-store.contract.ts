import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN } from '#contract';
import type { AuditEntry, Cursor } from '#contract';
import { fold, placementOf } from '#task';
import type { Recorded, Task, TaskEvent } from '#task';
import type { Commit, EventStore, LoggedCommit, Stored } from './event-store.js';
import type { SqlPool } from './sql-pool.js';

export type OpenedStore = Readonly<{
  store: EventStore;
  /** To look behind it. */
  pool: SqlPool;
  /** A transaction that holds a transaction id until the function it gives is called; null where there is one connection. */
  holdXid: (() => Promise<() => Promise<void>>) | null;
  close(): Promise<void>;
}>;

const SUBMITTED = {
  ownerId: 'u',
  sessionId: 's',
  agentId: 'a',
  description: 'd',
  input: 'in',
  priority: 5,
  maxAttempts: 3,
} as const;
const submitted: TaskEvent = { type: 'TaskSubmitted', data: SUBMITTED };
const granted: TaskEvent = { type: 'LeaseGranted', data: { workerId: 'w', leaseMs: 45_000 } };
const planning: TaskEvent = { type: 'PlanningStarted', data: {} };
const started: TaskEvent = { type: 'TaskStarted', data: {} };
const said = (text: string): TaskEvent => ({ type: 'OutputAppended', data: { channel: 'text', text } });
const completed: TaskEvent = { type: 'TaskCompleted', data: { output: 'out' } };

type On = Readonly<{ taskId: string; task: Task | null }>;

/** A commit as a command handler makes it. */
export function commitOn(
  { taskId, task }: On,
  events: readonly TaskEvent[],
  more: Partial<Commit> = {},
): Commit {
  const author = { kind: 'user', id: 'u' } as const;
  const at = new Date().toISOString();
  const from = task?.version ?? 0;
  const recorded = events.map((event, i): Recorded => ({ ...event, version: from + i + 1, at, author }));
  const after = fold(recorded, task) as Task;
  return {
    id: randomUUID(),
    tenant: 't',
    taskId,
    expectedVersion: from,
    events,
    author,
    at,
    task: after,
    placement: placementOf(after),
    decision: { rule: 'r', reason: 'because' },
    ...(from === 0 ? { input: 'in' } : {}),
    ...more,
  };
}

export const newTask = (): On => ({ taskId: randomUUID(), task: null });

export const auditEntry = (id = randomUUID()): AuditEntry => ({
  id,
  tenant: 't',
  at: new Date().toISOString(),
  actorKind: 'user',
  userId: 'u',
  sessionId: 's',
  trust: 'trusted',
  roles: ['admin'],
  action: 'task.submit',
  resourceType: 'task',
  resourceId: 'x',
  result: 'denied',
  reason: 'no',
  rule: 'r',
});

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);

const codeOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'fulfilled' ? 'won' : (result.reason as { code: string }).code;

/** Everything the tail has after the cursor. */
export async function drain(
  store: EventStore,
  from: Cursor = ORIGIN,
  limit = 50,
): Promise<readonly LoggedCommit[]> {
  const all: LoggedCommit[] = [];
  for (let after = from; ;) {
    const page = await store.tail(after, limit);
    const last = page.at(-1);
    if (!last) return all;
    all.push(...page);
    after = last.cursor;
  }
}

/** What every event store promises. A new adapter is done when this passes. */
export function eventStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}, as an event store`, () => {
    let opened: OpenedStore;
    let store: EventStore;
    beforeAll(async () => {
      opened = await open();
      ({ store } = opened);
    });
    afterAll(() => opened?.close());

    const lifeOf = async (): Promise<Stored> => {
      let stored = await store.append(commitOn(newTask(), [submitted]));
      for (const events of [[granted], [planning, started, said('1'), said('2')]]) {
        stored = await store.append(commitOn(stored, events));
      }
      return store.append(commitOn(stored, [completed], { output: 'out' }));
    };

    it('is writable and durable', () => expect(store.check()).resolves.toBeUndefined());

    it('gives back what was appended, its texts beside it, and nothing for what never was', async () => {
      const done = await lifeOf();
      expect(await store.load(done.taskId)).toEqual(done);
      expect(await store.peek(done.taskId)).toEqual(done);
      expect(await store.loadWithText(done.taskId)).toEqual({ ...done, input: 'in', output: 'out' });
      expect(await store.load(randomUUID())).toBeNull();
      expect(await store.load("no uuid'")).toBeNull();
      expect(await store.history(randomUUID())).toEqual([]);
    });

    it('keeps a snapshot that equals the fold of the history', async () => {
      const { taskId, task } = await lifeOf();
      const history = await store.history(taskId);
      expect(history.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(fold(history)).toEqual(task);
    });

    it('reads a history from the middle of a commit, and no more than asked', async () => {
      const { taskId } = await lifeOf();
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

    it('loses nothing in its tail while writers race with a reader who polls', async () => {
      const from = (await store.head(ORIGIN)).cursor;
      const read: LoggedCommit[] = [];
      let writing = true;
      const reader = (async () => {
        for (let after = from; ;) {
          const wasWriting = writing;
          const page = await store.tail(after, 20);
          read.push(...page);
          after = page.at(-1)?.cursor ?? after;
          if (!wasWriting && page.length === 0) return;
        }
      })();
      const writer = async (): Promise<string[]> => {
        const ids: string[] = [];
        for (let i = 0; i < 40; i++) {
          const batch = Array.from({ length: 1 + (i % 4) }, () => commitOn(newTask(), [submitted]));
          for (const { commitId } of await Promise.all(batch.map((commit) => store.append(commit))))
            ids.push(commitId);
        }
        return ids;
      };
      const written = (await Promise.all(Array.from({ length: 8 }, writer))).flat();
      writing = false;
      await reader;
      expect(read.map(({ commitId }) => commitId).toSorted()).toEqual(written.toSorted());
      expect((await drain(store, from)).map(({ cursor }) => cursor)).toEqual(
        read.map(({ cursor }) => cursor),
      );
    });

    it('stalls its tail while an older transaction is under way, and loses nothing of it', async (context) => {
      if (!opened.holdXid) return context.skip('there is one connection: nothing can be under way beside it');
      const from = (await store.head(ORIGIN)).cursor;
      const release = await opened.holdXid();
      const stored = await store.append(commitOn(newTask(), [submitted]));
      expect(await store.tail(from, 10)).toEqual([]);
      expect(await store.head(from)).toEqual({ cursor: from, behind: 0 });
      await release();
      expect((await store.tail(from, 10)).map(({ commitId }) => commitId)).toEqual([stored.commitId]);
      expect(await store.head(from)).toMatchObject({ behind: 1 });
    });

    it('tails events with their ids, versions and session, those of a commit together', async () => {
      const from = (await store.head(ORIGIN)).cursor;
      const { taskId, commitId } = await store.append(commitOn(newTask(), [submitted, said('1')]));
      const [logged] = await store.tail(from, 10);
      expect(logged?.events).toMatchObject([
        {
          id: `${commitId}:0`,
          tenant: 't',
          sessionId: 's',
          taskId,
          event: { type: 'TaskSubmitted', version: 1 },
        },
        {
          id: `${commitId}:1`,
          taskId,
          event: { type: 'OutputAppended', version: 2, author: { kind: 'user', id: 'u' } },
        },
      ]);
      expect(await store.head(from)).toEqual({ cursor: logged?.cursor, behind: 1 });
    });

    it('keeps audit records of winners and those that stand alone, each once, none of a loser', async () => {
      const alone = auditEntry();
      const winner = commitOn(newTask(), [submitted], { audit: auditEntry() });
      const loser = commitOn({ taskId: winner.taskId, task: null }, [submitted], { audit: auditEntry() });
      await store.append(winner);
      await Promise.allSettled([
        store.append(loser),
        store.append(winner),
        store.record(alone),
        store.record(alone),
      ]);
      await store.record(alone);
      const logged = (await store.auditTail(ORIGIN, 100_000)).map(({ entry }) => entry);
      const known = new Set([alone.id, winner.audit?.id, loser.audit?.id]);
      expect(logged.filter(({ id }) => known.has(id))).toEqual([winner.audit, alone]);
    });

    it('keeps a queue that equals the placement of every task', async () => {
      const one = await store.append(commitOn(newTask(), [submitted]));
      const two = await store.append(
        commitOn(await store.append(commitOn(newTask(), [submitted])), [granted]),
      );
      const back = await store.append(
        commitOn(two, [{ type: 'AttemptLost', data: { epoch: 2, reason: 'gone' } }]),
      );
      const again = await store.append(commitOn(back, [granted]));
      await lifeOf();
      const { rows } = await opened.pool.query<{ id: string; state: string }>('select id, state from task');
      const inPlace = (place: string) =>
        rows
          .filter(({ state }) => placementOf(JSON.parse(state) as Task) === place)
          .map(({ id }) => id)
          .toSorted();
      const [ready, leased] = [await store.queued(100_000), await store.leased()];
      expect(ready.map(({ taskId }) => taskId).toSorted()).toEqual(inPlace('ready'));
      expect(leased.map(({ taskId }) => taskId).toSorted()).toEqual(inPlace('leased'));
      expect(ready.at(-1)).toEqual({
        taskId: one.taskId,
        tenant: 't',
        sessionId: 's',
        agentId: 'a',
        priority: 5,
      });
      expect(leased.find(({ taskId }) => taskId === again.taskId)).toMatchObject({
        workerId: 'w',
        epoch: 4,
        leaseMs: 45_000,
      });
      expect(await store.queueDepth()).toEqual({ ready: ready.length, leased: leased.length });
    });

    it('tells versions, and its process of each commit and whether the queue moved', async () => {
      const heard: boolean[] = [];
      store.onCommitted(({ queueChanged }) => heard.push(queueChanged));
      const { taskId } = await store.append(
        commitOn(await store.append(commitOn(newTask(), [submitted])), [said('x')]),
      );
      expect(await store.versions([taskId, randomUUID(), 'no uuid'])).toEqual(new Map([[taskId, 2]]));
      expect(heard).toEqual([true, false]);
    });
  });
}
