import { DueTasks } from './due-tasks.js';
import type { DueTask } from './due-tasks.js';
import { unavailable } from './postgres.appender.js';
import type { SqlPool } from './sql-pool.js';

const NEXT = `select task_id, due_at from queue where due_at is not null order by due_at limit $1`;

type Row = Readonly<{ task_id: string; due_at: Date }>;

/** The times in the queue's rows. */
export class PostgresDueTasks extends DueTasks {
  constructor(private readonly pool: SqlPool) {
    super();
  }

  override async next(limit: number): Promise<readonly DueTask[]> {
    const query = { name: 'due-tasks', text: NEXT, values: [limit] };
    const { rows } = await this.pool.query<Row>(query).catch((error: unknown) => {
      throw unavailable('the times of tasks cannot be read', error);
    });
    return rows.map(({ task_id: taskId, due_at: dueAt }) => ({ taskId, dueAt: dueAt.toISOString() }));
  }
}
