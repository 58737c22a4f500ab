import { afterAll } from 'vitest';
import { eventStoreMigrations, openDatabase } from '#event-store';
import type { Database } from '#event-store';
import { auditQueriesContract } from './audit-queries.contract.js';
import { deadLettersContract } from './dead-letters.contract.js';
import { statusQueriesContract } from './status-queries.contract.js';
import { taskQueriesContract } from './task-queries.contract.js';
import { recoveryContract } from './recovery.contract.js';
import { readModelsContract } from './read-models.contract.js';
import { readModelEntities, readModelMigrations } from './read-models.entity.js';
import { realLogContract } from './real-log.contract.js';

/** Starting PGlite takes seconds: one for all specs of this file, its tables made anew for each. */
let shared: Database | undefined;

const open = async () => {
  shared ??= await openDatabase({
    at: { kind: 'pglite', dataDir: 'memory' },
    migrations: [...eventStoreMigrations, ...readModelMigrations],
    entities: readModelEntities,
  });
  const db = shared.dataSource;
  await db.runMigrations();
  const hasTables = async () => {
    const [row] = await db.query<[{ there: boolean }]>(
      `select to_regclass('task_state') is not null as there`,
    );
    return row.there;
  };
  const close = async () => {
    while (await hasTables()) await db.undoLastMigration();
  };
  return { db, close };
};

afterAll(() => shared?.close());

readModelsContract('PGlite', open);
recoveryContract('PGlite', open);
taskQueriesContract('PGlite', open);
deadLettersContract('PGlite', open);
statusQueriesContract('PGlite', open);
auditQueriesContract('PGlite', open);
realLogContract('PGlite', async () => {
  const { db, close } = await open();
  if (!shared) throw new Error('not open');
  return { ...shared, dataSource: db, drop: close };
});
