import { eventStoreMigrations, openDatabase } from '#event-store';
import { freshDatabase } from '#test/servers';
import { queriesContract } from './queries.contract.js';
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
queriesContract('Postgres', open);
realLogContract('Postgres', openServer);
