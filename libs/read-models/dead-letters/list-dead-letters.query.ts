import { DataSource, In } from 'typeorm';
import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler, Scope } from '#access';
import { decode, deadLetterFilterSchema, requeuedTaskId } from '#contract';
import type { DeadLetter, DeadLetterFilter, DeadLetterPage } from '#contract';
import type { Task } from '#task';
import { answering } from '#event-store';
import { decodePlace, pageOf } from '../page-cursor.js';
import { ProjectionMonitor } from '../projections/projection-monitor.service.js';
import { TaskStateRow } from '../task-state/task-state.entity.js';

const DEFAULT_LIMIT = 50;

/** The tasks that were given up after their last attempt and that the caller may see, newest first. */
export class ListDeadLetters extends GuardedQuery<DeadLetterPage> {
  constructor(readonly filter: DeadLetterFilter = {}) {
    super();
  }
}

@GuardedQueryHandler(ListDeadLetters, () => ({ permissions: ['task:submit'], action: 'dead-letter.list' }))
export class ListDeadLettersHandler implements IQueryHandler<ListDeadLetters> {
  constructor(
    private readonly db: DataSource,
    private readonly monitor: ProjectionMonitor,
  ) {}

  execute({ filter, scope }: ListDeadLetters): Promise<DeadLetterPage> {
    const { limit = DEFAULT_LIMIT, cursor } = decode(deadLetterFilterSchema, filter);
    return answering(async () => {
      await this.monitor.require('task_state');
      const rows = await this.rowsOf(scope, limit + 1, cursor);
      const { items, ...next } = pageOf(rows, limit, ({ createdAt, taskId }) => ({
        at: createdAt.toISOString(),
        id: taskId,
      }));
      const requeued = await this.requeuedOf(items);
      return { deadLetters: items.map((row) => letterOf(row, requeued)), ...next };
    });
  }

  private rowsOf(
    { tenant, sessionId }: Scope,
    limit: number,
    cursor: string | undefined,
  ): Promise<readonly TaskStateRow[]> {
    const rows = this.db
      .createQueryBuilder(TaskStateRow, 'task')
      .where({ tenant, status: 'failed', ...(sessionId === undefined ? {} : { sessionId }) })
      .andWhere(`(task.state::jsonb -> 'exhausted') is not null`)
      .orderBy('task.createdAt', 'DESC')
      .addOrderBy('task.taskId', 'DESC')
      .limit(limit);
    if (cursor !== undefined)
      rows.andWhere('(task.createdAt, task.taskId) < (:at::timestamptz, :id::uuid)', decodePlace(cursor));
    return rows.getMany();
  }

  /** Which of them were requeued: the id of the new task follows from that of the old. */
  private async requeuedOf(letters: readonly TaskStateRow[]): Promise<ReadonlySet<string>> {
    const ids = letters.map(({ tenant, taskId }) => requeuedTaskId(tenant, taskId));
    const found = await this.db.getRepository(TaskStateRow).find({
      select: { taskId: true },
      where: { taskId: In(ids) },
    });
    return new Set(found.map(({ taskId }) => taskId));
  }
}

function letterOf({ tenant, taskId, state }: TaskStateRow, requeued: ReadonlySet<string>): DeadLetter {
  const task = JSON.parse(state) as Task;
  const again = requeuedTaskId(tenant, taskId);
  return {
    id: taskId,
    description: task.description,
    agentId: task.agentId,
    ownerId: task.ownerId,
    sessionId: task.sessionId,
    error: task.error ?? '',
    attempts: task.attempt,
    createdAt: task.createdAt,
    failedAt: task.completedAt ?? task.updatedAt,
    ...(requeued.has(again) ? { requeuedAs: again } : {}),
  };
}
