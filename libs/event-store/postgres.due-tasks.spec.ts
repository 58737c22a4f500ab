import { freshDatabase } from '#test/servers';
import { dueTasksContract } from './due-tasks.contract.js';
import { openDatabase } from './postgres.database.js';
import type { DatabaseOptions } from './postgres.database.js';
import { PostgresDueTasks } from './postgres.due-tasks.js';
import { PostgresEventStore } from './postgres.event-store.js';

const open = async (at: DatabaseOptions['at'], drop: () => Promise<void>) => {
  const database = await openDatabase({ at, maxConnections: 2 });
  const close = async () => {
    await database.close();
    await drop();
  };
  return { store: new PostgresEventStore(database), due: new PostgresDueTasks(database.pool), close };
};

dueTasksContract('PostgresDueTasks on a server', async () => {
  const { url, drop } = await freshDatabase();
  return open({ kind: 'postgres', url }, drop);
});

dueTasksContract('PostgresDueTasks on PGlite', () =>
  open({ kind: 'pglite', dataDir: 'memory' }, () => Promise.resolve()),
);
