import type { EntityManager } from 'typeorm';
import { GapsFound, byTask, nextEvents } from '../projections/next-events.js';
import type { TaskFact } from '../projections/next-events.js';
import { TaskProjection } from '../projections/task.projection.js';
import { project } from './project.js';
import type { HistoryEnd, HistoryEntry } from './project.js';

/** Keeps `task_history`: one select of where the batch's tasks stand, one insert. */
export class TaskHistoryProjection extends TaskProjection {
  override readonly name = 'task_history';
  override readonly tables = ['task_history'];

  override async write(tx: EntityManager, facts: readonly TaskFact[]): Promise<void> {
    const groups = byTask(facts);
    const ends = await this.ends(tx, [...groups.keys()]);
    const { ready, gaps } = nextEvents(groups, (taskId) => ends.get(taskId)?.version ?? 0);
    if (gaps.length > 0) throw new GapsFound(gaps);
    const entries = [...ready].flatMap(([taskId, unseen]) => project(ends.get(taskId) ?? null, unseen));
    if (entries.length > 0) await tx.query(INSERT, columnsOf(entries));
  }

  private async ends(
    tx: EntityManager,
    taskIds: readonly string[],
  ): Promise<ReadonlyMap<string, HistoryEnd>> {
    const rows = await tx.query<readonly (HistoryEnd & Readonly<{ task_id: string }>)[]>(ENDS, [taskIds]);
    return new Map(rows.map((row) => [row.task_id, row]));
  }
}

const ENDS = `
  select last.task_id, last.version, last.attempt
    from unnest($1::uuid[]) as asked (task_id)
   cross join lateral (select h.task_id, h.version, h.attempt from task_history h
                        where h.task_id = asked.task_id order by h.version desc limit 1) last`;

/** A version that is there already is a writer without the lock: the primary key refuses it. */
const INSERT = `
  insert into task_history (tenant, task_id, version, type, at, message, actor, attempt, data)
  select * from unnest($1::text[], $2::uuid[], $3::int[], $4::text[], $5::timestamptz[], $6::text[], $7::text[],
                       $8::int[], $9::text[])`;

const columnsOf = (entries: readonly HistoryEntry[]): readonly (readonly unknown[])[] => [
  entries.map(({ tenant }) => tenant),
  entries.map(({ event }) => event.taskId),
  entries.map(({ event }) => event.version),
  entries.map(({ event }) => event.type),
  entries.map(({ event }) => event.timestamp),
  entries.map(({ event }) => event.message),
  entries.map(({ event }) => event.actor),
  entries.map(({ attempt }) => attempt),
  entries.map(({ event }) => JSON.stringify(event.data)),
];
