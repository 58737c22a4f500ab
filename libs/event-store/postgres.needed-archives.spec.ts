import { freshDatabase } from '#test/servers';
import { neededArchivesContract } from './needed-archives.contract.js';
import { openDatabase } from './postgres.database.js';
import type { DatabaseOptions } from './postgres.database.js';
import { PostgresEventStore } from './postgres.event-store.js';
import { PostgresNeededArchives } from './postgres.needed-archives.js';

const open = async (at: DatabaseOptions['at'], drop: () => Promise<void>) => {
  const database = await openDatabase({ at, maxConnections: 2 });
  const archives = new PostgresNeededArchives(database.pool);
  const close = async () => {
    await database.close();
    await drop();
  };
  return { store: new PostgresEventStore(database), archives, close };
};

neededArchivesContract('PostgresNeededArchives on a server', async () => {
  const { url, drop } = await freshDatabase();
  return open({ kind: 'postgres', url }, drop);
});

neededArchivesContract('PostgresNeededArchives on PGlite', () =>
  open({ kind: 'pglite', dataDir: 'memory' }, () => Promise.resolve()),
);
