import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { MeshError } from '#errors';
import { lockFolder } from './folder-lock.js';
import { DURABLE_START, DurableNodeFs, hasDatabase, syncTree } from './pglite.filesystem.js';
import { PgliteStream } from './pglite.stream.js';
import { PgSqlPool } from './pg.sql-pool.js';
import type { SqlPool } from './sql-pool.js';

export type Pglite = Readonly<{
  /** For TypeORM's `driver` option: a `pg` whose every pool is this one. */
  driver: Readonly<{ Pool: unknown; Client: unknown }>;
  pool: SqlPool;
  close(): Promise<void>;
}>;

/** Told before something slow: making a new database takes seconds. */
export type OnProgress = (message: string) => void;

const WAIT_FOR_CONNECTION_MS = 60_000;

/**
 * Opens the embedded database, making it where there is none. One `pg` pool of one connection over one PGlite: whoever
 * has begun a transaction holds it until the end while others wait. (So a statement sent to the pool from inside a
 * transaction waits for itself: use the transaction's own client.)
 *
 * A folder is locked against other processes and is synced: PGlite runs with fsync on and its file system really
 * syncs: it was seen to call fsync before each commit is answered. Nobody has cut the power, and folders are not synced
 * when a file is added to them: kill -9 is survived for certain, power loss as far as the file system keeps new names.
 *
 * @throws {MeshError} `unavailable` if another process has the folder, or it cannot be opened
 */
export async function openPglite(dataDir: string, onProgress: OnProgress = () => undefined): Promise<Pglite> {
  if (dataDir === 'memory') return pooled(await PGlite.create({ dataDir: 'memory://' }), () => undefined);
  const unlock = lockFolder(dataDir);
  try {
    return pooled(await openFolder(join(dataDir, 'pglite'), onProgress), unlock);
  } catch (error) {
    unlock();
    throw new MeshError('unavailable', `cannot open the database in ${dataDir}`, {}, { cause: error });
  }
}

async function openFolder(folder: string, onProgress: OnProgress): Promise<PGlite> {
  const isNew = !hasDatabase(folder);
  if (isNew) onProgress(`making a database in ${folder} (a few seconds, once)`);
  const pglite = await PGlite.create({ fs: new DurableNodeFs(folder), startParams: DURABLE_START });
  if (isNew) {
    await pglite.exec('checkpoint');
    syncTree(folder);
  }
  return pglite;
}

function pooled(pglite: PGlite, unlock: () => void): Pglite {
  const pool = new pg.Pool({
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: WAIT_FOR_CONNECTION_MS,
    user: 'postgres',
    password: '',
    database: 'postgres',
    ssl: false,
    stream: () => new PgliteStream(pglite),
  });
  return {
    driver: { Pool: poolOf(pool), Client: pg.Client },
    pool: new PgSqlPool(pool),
    close: async () => {
      if (!pool.ending) await pool.end();
      await pglite.close();
      unlock();
    },
  };
}

/** A constructor may answer with another object: TypeORM's pool is ours. */
const poolOf = (pool: pg.Pool): unknown =>
  function SharedPool(): pg.Pool {
    return pool;
  };
