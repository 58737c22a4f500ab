import type pg from 'pg';
import type { SqlPool, SqlRows } from './sql-pool.js';
import { NotSent, Unconfirmed } from './sql-errors.js';

type Query = string | Readonly<{ name: string; text: string; values: unknown[] }>;

/** A `pg` pool that tells a statement that was never sent from one whose fate is unknown. */
export class PgSqlPool implements SqlPool {
  private readonly unconfirmed = new WeakSet<pg.ClientBase>();

  constructor(private readonly pool: pg.Pool) {
    pool.on('error', () => undefined); // an idle connection was lost; the next statement gets another
    pool.on('connect', (client) => {
      client.on('error', () => undefined); // the query under way hears of it by itself
      client.on('notice', ({ message }) => {
        // a commit whose wait for its replica was cancelled: stored here, perhaps only here
        if (message?.includes('synchronous replication')) this.unconfirmed.add(client);
      });
    });
  }

  /** @throws {NotSent | Unconfirmed | pg.DatabaseError | Error} see sql-errors.ts */
  async query<Row>(query: Query, values?: unknown[]): Promise<SqlRows<Row>> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw new NotSent(error);
    });
    let failure: Error | undefined;
    try {
      const result = await client.query<Row & pg.QueryResultRow>(query as string, values);
      if (this.unconfirmed.delete(client)) throw new Unconfirmed();
      return result;
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(isOfServer(failure) ? undefined : failure);
    }
  }
}

/** Errors that the server told leave the connection as good as it was. */
const isOfServer = (error: Error | undefined): boolean =>
  error !== undefined && 'severity' in error && error.severity === 'ERROR';
