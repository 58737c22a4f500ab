import pg from 'pg';
import { DataSource } from 'typeorm';
import type { MigrationInterface } from 'typeorm';
import { eventStoreMigrations } from './event-store.migration.js';
import { ensureIncarnation } from './incarnation.js';
import { openPglite } from './pglite.pool.js';
import type { OnProgress, Pglite } from './pglite.pool.js';
import { PgSqlPool } from './pg.sql-pool.js';
import type { SqlPool } from './sql-pool.js';

export type DatabaseOptions = Readonly<{
  /** A Postgres server, or the folder of an embedded database (`memory`: in none, gone with the process). */
  at: Readonly<{ kind: 'postgres'; url: string } | { kind: 'pglite'; dataDir: string }>;
  /** Of other libraries that have tables here; `eventStoreMigrations` run in any case. */
  migrations?: readonly (new () => MigrationInterface)[];
  entities?: readonly (new () => object)[];
  /** Connections for the log's own statements; as many again are TypeORM's. @default 8 */
  maxConnections?: number;
  onProgress?: OnProgress;
}>;

export type Database = Readonly<{
  /** For entities, transactions and slow queries. */
  dataSource: DataSource;
  /** For hot statements, each a transaction of its own and short: a statement is cancelled after five seconds. */
  pool: SqlPool;
  kind: 'postgres' | 'pglite';
  close(): Promise<void>;
}>;

const CONNECT_MS = 3_000;
const STATEMENT_MS = 5_000;
const ANSWER_MS = 6_000;
const IDLE_IN_TRANSACTION_MS = 30_000;
const MIGRATING = 7_402_151; // any number, but always the same

/** @throws {MeshError} `unavailable` if another process has the folder @throws the driver's error if it cannot connect */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { at } = options;
  return at.kind === 'postgres' ? openServer(at.url, options) : openEmbedded(at.dataDir, options);
}

async function openServer(url: string, options: DatabaseOptions): Promise<Database> {
  const max = options.maxConnections ?? 8;
  const shared = { connectionTimeoutMillis: CONNECT_MS, keepAlive: true };
  const extra = { ...shared, max, onConnect: sessionOf(IDLE_IN_TRANSACTION_MS, 0) };
  const dataSource = sourceOf({ url, extra }, options);
  const hot = { ...shared, max, query_timeout: ANSWER_MS, onConnect: sessionOf(STATEMENT_MS, STATEMENT_MS) };
  await dataSource.initialize();
  const pool = new pg.Pool({ connectionString: url, ...hot });
  const close = async (): Promise<void> => {
    await Promise.all([dataSource.destroy(), pool.end()]);
  };
  try {
    await migrateAlone(url, dataSource);
  } catch (error) {
    await close();
    throw error;
  }
  return { dataSource, pool: new PgSqlPool(pool), kind: 'postgres', close };
}

async function openEmbedded(dataDir: string, options: DatabaseOptions): Promise<Database> {
  const pglite: Pglite = await openPglite(dataDir, options.onProgress);
  const dataSource = sourceOf({ driver: pglite.driver }, options);
  const close = async (): Promise<void> => {
    if (dataSource.isInitialized) await dataSource.destroy();
    await pglite.close();
  };
  try {
    await dataSource.initialize();
    await dataSource.runMigrations();
    await ensureIncarnation(pglite.pool);
  } catch (error) {
    await close();
    throw error;
  }
  return { dataSource, pool: pglite.pool, kind: 'pglite', close };
}

const sourceOf = (
  where: Readonly<Record<string, unknown>>,
  { migrations = [], entities = [] }: DatabaseOptions,
): DataSource =>
  new DataSource({
    type: 'postgres',
    ...where,
    migrations: [...new Set([...eventStoreMigrations, ...migrations])],
    entities: [...entities],
    installExtensions: false,
    synchronize: false,
  });

/** Two processes may start at once: one migrates, the other finds it done. */
async function migrateAlone(url: string, dataSource: DataSource): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATING]);
    await dataSource.runMigrations();
    await ensureIncarnation({ query: (query, values) => client.query(query as string, values) as never });
  } finally {
    await client.end();
  }
}

/** What each session is told first, whatever the server's own settings are. */
const sessionOf = (idleMs: number, statementMs: number) => async (client: pg.ClientBase) => {
  await client.query(
    `set default_transaction_isolation = 'read committed'; set idle_in_transaction_session_timeout = ${idleMs};
     set statement_timeout = ${statementMs}`,
  );
};
