import { DataSource } from 'typeorm';
import { freshDatabase } from '#test/servers';
import { queriesContract } from './queries.contract.js';
import { readModelsContract } from './read-models.contract.js';
import { readModelEntities, readModelMigrations } from './read-models.entity.js';

const open = async () => {
  const { url, drop } = await freshDatabase();
  const db = new DataSource({
    type: 'postgres',
    url,
    entities: readModelEntities,
    migrations: readModelMigrations,
  });
  await db.initialize();
  await db.runMigrations();
  return {
    db,
    close: async () => {
      await db.destroy();
      await drop();
    },
  };
};

readModelsContract('Postgres', open);
queriesContract('Postgres', open);
