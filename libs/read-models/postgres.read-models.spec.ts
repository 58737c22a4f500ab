import { eventStoreMigrations, openDatabase } from '#event-store';
import { freshDatabase } from '#test/servers';
import { auditQueriesContract } from './audit-queries.contract.js';
import { deadLettersContract } from './dead-letters.contract.js';
import { statusQueriesContract } from './status-queries.contract.js';
import { taskQueriesContract } from './task-queries.contract.js';
import { recoveryContract } from './recovery.contract.js';
import { readModelsContract } from './read-models.contract.js';
import { readModelEntities, readModelMigrations } from './read-models.entity.js';
import { realLogContract } from './real-log.contract.js';

const openServer = async () => {
  const { url, drop } = await freshDatabase();
  const database = await openDatabase({
    at: { kind: 'postgres', url },
    migrations: [...eventStoreMigrations, ...readModelMigrations],
    entities: readModelEntities,
  });
  const close = async (): Promise<void> => {
    await database.close();
    await drop();
  };
  return { ...database, drop: close };
};

const open = async () => {
  const { dataSource, drop } = await openServer();
  return { db: dataSource, close: drop };
};

readModelsContract('Postgres', open);
recoveryContract('Postgres', open);
taskQueriesContract('Postgres', open);
deadLettersContract('Postgres', open);
statusQueriesContract('Postgres', open);
auditQueriesContract('Postgres', open);
realLogContract('Postgres', openServer);
