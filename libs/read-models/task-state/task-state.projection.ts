import type { EntityManager } from 'typeorm';
import type { Task, TaskStatus } from '#task';
import { GapsFound, byTask, nextEvents } from '../projections/next-events.js';
import type { TaskFact } from '../projections/next-events.js';
import { TaskProjection } from '../projections/task.projection.js';
import { project, totalChanges } from './project.js';
import type { TaskView } from './project.js';

type Known = Readonly<{ task_id: string; version: number; state: string }>;
type Changed = Readonly<{ view: TaskView; before: TaskStatus | null }>;

/** Keeps `task_state`: one select of the rows a batch touches, one upsert, one change of the totals. */
export class TaskStateProjection extends TaskProjection {
  override readonly name = 'task_state';
  override readonly tables = ['task_state', 'task_total'];

  override async write(tx: EntityManager, facts: readonly TaskFact[]): Promise<void> {
    const groups = byTask(facts);
    const known = await this.known(tx, [...groups.keys()]);
    const { ready, gaps } = nextEvents(groups, (taskId) => known.get(taskId)?.version ?? 0);
    if (gaps.length > 0) throw new GapsFound(gaps);
    const changed = [...ready].flatMap(([taskId, unseen]) => folded(known.get(taskId), unseen));
    if (changed.length === 0) return;
    await tx.query(UPSERT, columnsOf(changed.map(({ view }) => view)));
    await this.count(tx, changed);
  }

  private async known(tx: EntityManager, taskIds: readonly string[]): Promise<ReadonlyMap<string, Known>> {
    const rows = await tx.query<readonly Known[]>(
      'select task_id, version, state from task_state where task_id = any($1::uuid[])',
      [taskIds],
    );
    return new Map(rows.map((row) => [row.task_id, row]));
  }

  private async count(tx: EntityManager, changed: readonly Changed[]): Promise<void> {
    const totals = totalChanges(
      changed.map(({ view, before }) => ({ tenant: view.tenant, before, after: view.task.status })),
    );
    if (totals.length === 0) return;
    const column = <Key extends keyof (typeof totals)[number]>(key: Key) => totals.map((total) => total[key]);
    await tx.query(COUNT, [column('tenant'), column('status'), column('change')]);
  }
}

function folded(row: Known | undefined, facts: readonly TaskFact[]): readonly Changed[] {
  const [first] = facts;
  if (!first) return [];
  const { tenant, taskId } = first;
  const task = row ? (JSON.parse(row.state) as Task) : null;
  const start: TaskView | null = task && { tenant, taskId, task, input: '', output: null };
  const view = facts.reduce<TaskView | null>(project, start);
  return view ? [{ view, before: task?.status ?? null }] : [];
}

/** Input is written once, output where the batch brings one; the version guards against a writer without the lock. */
const UPSERT = `
  insert into task_state (task_id, tenant, version, status, session_id, agent_id, owner_id, parent_task_id,
                          created_at, updated_at, state, input, output)
  select * from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
                       $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[])
  on conflict (task_id) do update
     set version = excluded.version, status = excluded.status, updated_at = excluded.updated_at, state = excluded.state,
         output = coalesce(excluded.output, task_state.output)
   where task_state.version < excluded.version`;

const COUNT = `
  insert into task_total (tenant, status, tasks)
  select * from unnest($1::text[], $2::text[], $3::int[])
  on conflict (tenant, status) do update set tasks = task_total.tasks + excluded.tasks`;

const columnsOf = (views: readonly TaskView[]): readonly (readonly unknown[])[] => [
  views.map(({ taskId }) => taskId),
  views.map(({ tenant }) => tenant),
  views.map(({ task }) => task.version),
  views.map(({ task }) => task.status),
  views.map(({ task }) => task.sessionId),
  views.map(({ task }) => task.agentId),
  views.map(({ task }) => task.ownerId),
  views.map(({ task }) => task.parentTaskId ?? null),
  views.map(({ task }) => task.createdAt),
  views.map(({ task }) => task.updatedAt),
  views.map(({ task }) => JSON.stringify(task)),
  views.map(({ input }) => input),
  views.map(({ output }) => output),
];
