import { DataSource } from 'typeorm';
import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler, Scope } from '#access';
import { decode, taskFilterSchema, taskStateOf } from '#contract';
import type { TaskFilter, TaskPage, TaskState } from '#contract';
import { answering } from '#event-store';
import { merged } from '#task';
import type { Task } from '#task';
import { decodePlace, pageOf } from '../page-cursor.js';
import { ProjectionMonitor } from '../projections/projection-monitor.service.js';
import { TaskStateRow } from './task-state.entity.js';

const DEFAULT_LIMIT = 50;

/** The tasks that the caller may see, newest first. The cursor is a place, so pages stay whole while tasks come in. */
export class ListTasks extends GuardedQuery<TaskPage> {
  constructor(readonly filter: TaskFilter = {}) {
    super();
  }
}

@GuardedQueryHandler(ListTasks, () => ({ permissions: ['task:read'], action: 'task.list' }))
export class ListTasksHandler implements IQueryHandler<ListTasks> {
  constructor(
    private readonly db: DataSource,
    private readonly monitor: ProjectionMonitor,
  ) {}

  async execute({ filter, scope }: ListTasks): Promise<TaskPage> {
    const { limit = DEFAULT_LIMIT, cursor, ...equal } = decode(taskFilterSchema, filter);
    if (!mayList(scope, equal.sessionId)) return { tasks: [] };
    const rows = this.db
      .createQueryBuilder(TaskStateRow, 'task')
      .where(merged<object>({ tenant: scope.tenant, ...equal, ...sessionOf(scope) }))
      .orderBy('task.createdAt', 'DESC')
      .addOrderBy('task.taskId', 'DESC')
      .limit(limit + 1);
    if (cursor !== undefined) {
      rows.andWhere('(task.createdAt, task.taskId) < (:at::timestamptz, :id::uuid)', decodePlace(cursor));
    }
    const found = await answering(async () => {
      await this.monitor.require('task_state');
      return rows.getMany();
    });
    const { items, ...next } = pageOf(found.map(stateOf), limit, ({ createdAt, id }) => ({
      at: createdAt,
      id,
    }));
    return { tasks: items, ...next };
  }
}

const stateOf = ({ taskId, state, input, output }: TaskStateRow): TaskState =>
  taskStateOf(taskId, JSON.parse(state) as Task, input, output);

const sessionOf = ({ sessionId }: Scope): object => (sessionId === undefined ? {} : { sessionId });

/** Whoever asks for another session's tasks and may not see them gets what there is to see: none. */
const mayList = ({ sessionId }: Scope, asked: string | undefined): boolean =>
  sessionId === undefined || asked === undefined || asked === sessionId;
