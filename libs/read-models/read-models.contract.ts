import { DataSource } from 'typeorm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ORIGIN, SilentLogger, WakeUps } from '#contract';
import type { AuditEntry, Cursor, FeedEvent } from '#contract';
import { Feed } from '#contract';
import type { LoggedAudit, StoredWithText } from '#event-store';
import type { Commit, Stored } from '#event-store';
import { fold } from '#task';
import type { TaskEvent } from '#task';
import { SUBMISSION, USUAL } from '#test/given';
import { MemoryEventStore } from '#test/memory-event-store';
import { Checkpoints } from './projections/checkpoints.service.js';
import { LogProjector } from './projections/log.projector.js';
import type { Placed } from './projections/projection.js';
import { ProjectionMonitor } from './projections/projection-monitor.service.js';
import { ProjectionPorts, ProjectionRunner } from './projections/projection-runner.service.js';
import type { TaskFact } from './projections/next-events.js';
import { entriesOf } from './task-history/owned-history.js';
import { TaskHistoryProjection } from './task-history/task-history.projection.js';
import { TaskStateProjection } from './task-state/task-state.projection.js';

/** A log in memory with audit records, and texts beside the tasks. */
export class TestLog extends MemoryEventStore {
  readonly audits: LoggedAudit[] = [];

  override async append(commit: Commit): Promise<Stored> {
    const stored = await super.append(commit);
    if (commit.audit) await this.record(commit.audit);
    return stored;
  }

  override async record(entry?: AuditEntry): Promise<void> {
    const position = String(this.audits.length + 1);
    if (entry)
      this.audits.push({ cursor: { incarnation: 1, xid: `${500 + this.audits.length}`, position }, entry });
  }

  override async auditTail(after: Cursor = ORIGIN, limit = 500): Promise<readonly LoggedAudit[]> {
    return this.audits
      .filter(
        ({ cursor }) =>
          BigInt(cursor.xid) > BigInt(after.xid) ||
          (cursor.xid === after.xid && BigInt(cursor.position) > BigInt(after.position)),
      )
      .slice(0, limit);
  }

  override async loadWithText(taskId: string): Promise<StoredWithText | null> {
    const stored = await this.load(taskId);
    const [first] = await this.history(taskId);
    return (
      stored && { ...stored, input: first?.type === 'TaskSubmitted' ? first.data.input : '', output: null }
    );
  }

  /** As a restore of an older backup leaves it. */
  lose(commits: number): void {
    this.commits.splice(this.commits.length - commits, commits);
  }
}

/** A feed that delivers what it is told to, when it is told to. */
export class HandFeed extends Feed {
  private readonly handlers = new Map<string, (events: readonly FeedEvent[]) => Promise<void>>();

  override follow(
    { durableName = '' }: { durableName?: string },
    handler: (events: readonly FeedEvent[]) => Promise<void>,
  ) {
    this.handlers.set(durableName, handler);
    return Promise.resolve(async () => {
      this.handlers.delete(durableName);
    });
  }

  get attached(): number {
    return this.handlers.size;
  }

  async deliver(events: readonly FeedEvent[]): Promise<void> {
    for (const handler of this.handlers.values()) await handler(events);
  }
}

/** Wake-ups that nobody sends. */
export const quiet = { listen: async () => async () => undefined } as unknown as WakeUps;

/** Everything a spec of the read models needs, on one database. */
export function meshOn(db: DataSource, store: TestLog = new TestLog()) {
  const checkpoints = new Checkpoints(db);
  const feed = new HandFeed();
  const projections = { state: new TaskStateProjection(store), history: new TaskHistoryProjection(store) };
  return {
    db,
    store,
    feed,
    checkpoints,
    monitor: new ProjectionMonitor(checkpoints, store),
    state: new LogProjector(db, checkpoints, projections.state),
    history: new LogProjector(db, checkpoints, projections.history),
    runner: () =>
      new ProjectionRunner(db, checkpoints, new SilentLogger(), new ProjectionPorts(store, feed, quiet)),
  };
}

export type Mesh = ReturnType<typeof meshOn>;

export const placed = (events: readonly FeedEvent[]): readonly Placed<TaskFact>[] =>
  events.map((event) => ({ cursor: event.cursor, id: event.id.slice(0, 36), items: [event] }));

export const usual = (...types: readonly (keyof typeof USUAL)[]): readonly TaskEvent[] =>
  types.map((type) => ({ type, data: USUAL[type] }) as TaskEvent);

const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** All rows, as text, in one order. Totals of nothing are as good as none. */
async function rows(db: DataSource) {
  return {
    state: await db.query('select * from task_state order by task_id'),
    totals: await db.query('select * from task_total where tasks <> 0 order by tenant, status'),
    history: await db.query('select * from task_history order by task_id, version'),
  };
}

/** What the rows must be, from the log alone. */
async function expected(store: TestLog) {
  const ids = [
    ...new Set(store.commits.flatMap(({ events }) => events.map(({ taskId }) => taskId))),
  ].toSorted();
  const histories = await Promise.all(
    ids.map(async (taskId) => ({ taskId, history: await store.history(taskId) })),
  );
  return {
    tasks: histories.map(({ taskId, history }) => ({ taskId, task: fold(history) })),
    entries: histories.flatMap(({ taskId, history }) => entriesOf(taskId, history)),
  };
}

async function folded(db: DataSource) {
  const { state, history } = await rows(db);
  return {
    tasks: state.map((row: { task_id: string; state: string }) => ({
      taskId: row.task_id,
      task: JSON.parse(row.state),
    })),
    entries: history.map((row: Record<string, unknown>) => ({
      taskId: row['task_id'],
      version: row['version'],
      type: row['type'],
      event: row['type'],
      timestamp: (row['at'] as Date).toISOString(),
      message: row['message'],
      actor: row['actor'],
      data: JSON.parse(row['data'] as string),
      ...(row['attempt'] ? { attempt: row['attempt'] } : {}),
    })),
  };
}

async function expectFolded({ db, store }: Mesh): Promise<void> {
  expect(await folded(db)).toEqual(await expected(store));
  expect((await rows(db)).totals).toEqual(
    await db.query(
      'select tenant, status, count(*)::int as tasks from task_state group by 1, 2 order by 1, 2',
    ),
  );
}

const STEPS: readonly (readonly (keyof typeof USUAL)[])[] = [
  ['TaskSubmitted'],
  ['LeaseGranted'],
  ['PlanningStarted', 'TaskStarted'],
  ['OutputAppended'],
  ['ProgressReported', 'OutputAppended'],
  ['AttemptLost'],
  ['LeaseGranted'],
  ['InputRequested'],
  ['TaskResumed'],
  ['LeaseGranted'],
  ['TaskCompleted'],
];

/** A repeatable source of numbers below `n`. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Appends the steps of some tasks, interleaved. */
async function randomLog(store: TestLog, roll: (n: number) => number, tasks = 12): Promise<void> {
  const left = Array.from({ length: tasks }, (_, n) => ({
    taskId: id(n + 1),
    next: 0,
    end: 1 + roll(STEPS.length),
  }));
  for (let open = left; open.length > 0; open = open.filter(({ next, end }) => next < end)) {
    const task = open[roll(open.length)];
    if (task) await store.add(task.taskId, ...usual(...(STEPS[task.next++] ?? [])));
  }
}

/** What a broker may make of a log: pieces lost, repeated, delivered late, and all from the start again. */
function badDelivery(
  events: readonly FeedEvent[],
  roll: (n: number) => number,
): readonly (readonly FeedEvent[])[] {
  const batches: FeedEvent[][] = [];
  for (let at = 0; at < events.length;) {
    const size = 1 + roll(9);
    const batch = events.slice(at, at + size).filter(() => roll(10) > 0);
    batches.push(batch);
    if (roll(4) === 0) batches.push(batch);
    if (roll(12) === 0) at = 0;
    else at += size;
    if (batches.length > 400) break;
  }
  return batches;
}

/** A database with the read models' tables, nobody else's. */
export type OpenDatabase = () => Promise<Readonly<{ db: DataSource; close: () => Promise<void> }>>;

/** What the read models promise on whatever database holds them. */
export function readModelsContract(name: string, open: OpenDatabase): void {
  describe(`read models on ${name}`, () => {
    const opened: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of opened.splice(0).toReversed()) await close();
    });
    const mesh = async (): Promise<Mesh> => {
      const { db, close } = await open();
      opened.push(close);
      return meshOn(db);
    };
    const running = async (on: Mesh) => {
      const runner = on.runner();
      opened.push(() => runner.stop());
      runner.start();
      await vi.waitFor(() => on.monitor.require('audit_trail'), 10_000);
      await vi.waitFor(() => expect(on.feed.attached).toBe(2), 10_000);
      return runner;
    };

    it('equal the fold of the log, whatever the feed makes of it', async () => {
      const on = await mesh();
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const roll = dice(seed);
        for (const { projection } of [on.state, on.history])
          await on.checkpoints.reset(projection.name, projection.tables);
        const round = meshOn(on.db);
        await Promise.all([round.state.catchUp(), round.history.catchUp()]);
        await randomLog(round.store, roll);
        const events = round.store.commits.flatMap((commit) => commit.events);
        for (const batch of badDelivery(events, roll)) {
          await Promise.all([round.state.deliver(placed(batch)), round.history.deliver(placed(batch))]);
        }
        await Promise.all([round.state.deliver(placed(events)), round.history.deliver(placed(events))]);
        await expectFolded(round);
        const live = await rows(on.db);
        for (const { projection } of [on.state, on.history])
          await on.checkpoints.reset(projection.name, projection.tables);
        await Promise.all([round.state.catchUp(), round.history.catchUp()]);
        expect(await rows(on.db)).toEqual(live);
      }
    });

    it('read a gap from the log, and only what is missing', async () => {
      const on = await mesh();
      await on.state.catchUp();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      await on.store.add(id(1), ...usual('LeaseGranted', 'PlanningStarted'));
      const last = await on.store.add(id(1), ...usual('TaskStarted'));
      await on.state.deliver(placed(last));
      expect(on.store.reads.history).toBe(1);
      expect((await folded(on.db)).tasks).toEqual((await expected(on.store)).tasks);
    });

    it('write nothing for what the log does not have', async () => {
      const on = await mesh();
      await on.state.catchUp();
      const other = new TestLog();
      await other.add(id(1), ...usual('TaskSubmitted'));
      const stranger = await other.add(id(1), ...usual('LeaseGranted'));
      await expect(on.state.deliver(placed(stranger))).rejects.toMatchObject({ code: 'internal' });
      expect((await rows(on.db)).state).toEqual([]);
    });

    it('are whole when two projectors work at once', async () => {
      const on = await mesh();
      const other = meshOn(on.db, on.store);
      const roll = dice(7);
      const one = async (projector: Mesh['state']) => {
        await projector.catchUp();
        const events = on.store.commits.flatMap((commit) => commit.events);
        for (const batch of badDelivery(events, dice(9))) await projector.deliver(placed(batch));
        await projector.deliver(placed(events));
      };
      await randomLog(on.store, roll, 20);
      await Promise.all([one(on.state), one(other.state), one(on.history), one(other.history)]);
      await expectFolded(on);
    });

    it('never have rows without their checkpoint, nor the other way', async () => {
      const on = await mesh();
      await on.state.catchUp();
      await on.db.query(
        `create or replace function refuse() returns trigger language plpgsql as $$ begin raise 'cut here'; end $$`,
      );
      await on.db.query(
        'create trigger refuse before update on checkpoint for each row execute function refuse()',
      );
      const events = await on.store.add(id(1), ...usual('TaskSubmitted'));
      await expect(on.state.deliver(placed(events))).rejects.toThrow('cut here');
      expect((await rows(on.db)).state).toEqual([]);
      await on.db.query('drop trigger refuse on checkpoint');
      await on.state.deliver(placed(events));
      expect((await rows(on.db)).state).toHaveLength(1);
      expect((await on.checkpoints.read('task_state')).cursor).toEqual(events[0]?.cursor);
    });

    it('fold again a commit of which only a part was delivered before the end', async () => {
      const on = await mesh();
      await on.state.catchUp();
      const events = await on.store.add(id(1), ...usual('TaskSubmitted', 'LeaseGranted'));
      await on.state.deliver(placed(events.slice(0, 1)));
      await meshOn(on.db, on.store).state.catchUp();
      expect((await folded(on.db)).tasks).toEqual((await expected(on.store)).tasks);
    });

    it('refuse to answer when the log is not the one they have read, until they are rebuilt', async () => {
      const on = await mesh();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      await on.store.add(id(2), ...usual('TaskSubmitted'));
      await on.state.catchUp();
      await on.monitor.require('task_state');
      on.store.lose(1);
      expect(await on.state.catchUp()).toMatchObject({ state: 'refused' });
      await expect(on.monitor.require('task_state')).rejects.toMatchObject({ code: 'unavailable' });
      const [status] = await on.monitor.status();
      expect(status).toMatchObject({ name: 'task_state', state: 'refused', healthy: false });
      expect(status?.error).toContain('rebuild');
      await on.checkpoints.reset('task_state', on.state.projection.tables);
      expect(await on.state.catchUp()).toMatchObject({ state: 'live', error: null });
      expect((await folded(on.db)).tasks.map(({ taskId }: { taskId: string }) => taskId)).toEqual([id(1)]);
    });

    it('refuse when another commit is where their last one was', async () => {
      const on = await mesh();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      await on.state.catchUp();
      on.store.lose(1);
      await on.store.add(id(2), ...usual('TaskSubmitted'));
      expect(await on.state.catchUp()).toMatchObject({ state: 'refused' });
    });

    it('catch up by themselves when the feed is silent, and notice a log that was put back', async () => {
      const on = await mesh();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      await running(on);
      await on.store.add(id(1), ...usual('TaskCancelled')); // nobody delivers it
      await vi.waitFor(() => expectFolded(on), 10_000);
      on.store.lose(1);
      await vi.waitFor(
        async () => expect((await on.monitor.status())[0]).toMatchObject({ state: 'refused' }),
        10_000,
      );
    });

    it('go on where they were when they are stopped and started again', async () => {
      const on = await mesh();
      const runner = await running(on);
      await runner.stop();
      await on.store.add(id(1), ...usual('TaskSubmitted'));
      expect(on.feed.attached).toBe(0);
      expect((await rows(on.db)).state).toEqual([]);
      runner.start();
      await vi.waitFor(() => expectFolded(on), 10_000);
      await vi.waitFor(() => expect(on.feed.attached).toBe(2), 10_000);
    });

    it('are rebuilt while they run, answer nothing meanwhile, and are the same after', async () => {
      const on = await mesh();
      const roll = dice(11);
      const runner = await running(on);
      await randomLog(on.store, roll);
      await on.feed.deliver(on.store.commits.flatMap((commit) => commit.events));
      const live = await rows(on.db);
      expect(live.state).toHaveLength(12);
      const tail = vi.spyOn(on.store, 'tail').mockRejectedValue(new Error('the log is away'));
      await runner.rebuild('task_state');
      await runner.rebuild('task_history');
      await expect(on.monitor.require('task_state')).rejects.toMatchObject({ code: 'unavailable' });
      await on.feed.deliver(on.store.commits.slice(-3).flatMap((commit) => commit.events));
      expect((await rows(on.db)).state).toEqual([]);
      await vi.waitFor(
        async () => expect((await on.monitor.status())[0]).toMatchObject({ error: 'the log is away' }),
        10_000,
      );
      tail.mockRestore();
      await vi.waitFor(
        () => Promise.all([on.monitor.require('task_state'), on.monitor.require('task_history')]),
        10_000,
      );
      expect(await rows(on.db)).toEqual(live);
      await vi.waitFor(async () => {
        for (const status of await on.monitor.status())
          expect(status).toMatchObject({ healthy: true, behind: 0 });
      }, 10_000);
    });

    it('have the tables that their entities say', async () => {
      const on = await mesh();
      const { upQueries } = await on.db.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    });

    it('keep a task of one tenant apart from those of another', async () => {
      const on = await mesh();
      await on.store.add(id(1), { type: 'TaskSubmitted', data: { ...SUBMISSION, sessionId: 's-1' } });
      await on.state.catchUp();
      const [row] = (await rows(on.db)).state as { tenant: string; session_id: string }[];
      expect(row).toMatchObject({ tenant: 'default', session_id: 's-1' });
    });
  });
}
