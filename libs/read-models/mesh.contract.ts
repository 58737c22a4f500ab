import type { DataSource } from 'typeorm';
import { afterEach, expect, vi } from 'vitest';
import { SilentLogger } from '#contract';
import type { FeedEvent } from '#contract';
import { fold } from '#task';
import { Checkpoints } from './projections/checkpoints.service.js';
import { LogProjector } from './projections/log.projector.js';
import type { TaskFact } from './projections/next-events.js';
import type { Placed } from './projections/projection.js';
import { ProjectionMonitor } from './projections/projection-monitor.service.js';
import { ProjectionPorts, ProjectionRunner } from './projections/projection-runner.service.js';
import { entriesOf } from './task-history/entries-of.js';
import { TaskHistoryProjection } from './task-history/task-history.projection.js';
import { TaskStateProjection } from './task-state/task-state.projection.js';
import { HandFeed, TestLog, quiet } from './test-log.contract.js';

/** A database with the read models' tables, nobody else's. */
export type OpenDatabase = () => Promise<Readonly<{ db: DataSource; close: () => Promise<void> }>>;

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

/** All rows, as text, in one order. Totals of nothing are as good as none. */
export async function rows(db: DataSource) {
  return {
    state: await db.query('select * from task_state order by task_id'),
    totals: await db.query('select * from task_total where tasks <> 0 order by tenant, status'),
    history: await db.query('select * from task_history order by task_id, version'),
  };
}

/** What the rows must be, from the log alone. */
export async function expected(store: TestLog) {
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

export async function folded(db: DataSource) {
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

export async function expectFolded({ db, store }: Mesh): Promise<void> {
  expect(await folded(db)).toEqual(await expected(store));
  expect((await rows(db)).totals).toEqual(
    await db.query(
      'select tenant, status, count(*)::int as tasks from task_state group by 1, 2 order by 1, 2',
    ),
  );
}

/** Makes meshes for the specs of a suite, and takes them down after each. */
export function meshes(open: OpenDatabase) {
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

  return { mesh, running };
}
