import { NeededArchives } from './needed-archives.js';
import { unavailable } from './postgres.appender.js';
import type { SqlPool } from './sql-pool.js';

/** The queue has every task that is not over. */
const NEEDED = `select distinct state::jsonb -> 'workspace' ->> 'archive' as archive
  from queue join task on task.id = queue.task_id where state::jsonb -> 'workspace' ->> 'archive' is not null`;

/** What the tasks in the queue name. */
export class PostgresNeededArchives extends NeededArchives {
  constructor(private readonly pool: SqlPool) {
    super();
  }

  override async all(): Promise<ReadonlySet<string>> {
    const query = { name: 'needed-archives', text: NEEDED, values: [] };
    const { rows } = await this.pool.query<{ archive: string }>(query).catch((error: unknown) => {
      throw unavailable('the archives that tasks need cannot be read', error);
    });
    return new Set(rows.map(({ archive }) => archive));
  }
}
