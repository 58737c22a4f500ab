import { eventStoreContract } from './event-store.contract.js';
import { openDatabase } from './postgres.database.js';
import { PostgresEventStore } from './postgres.event-store.js';

eventStoreContract('PostgresEventStore on PGlite', async () => {
  const database = await openDatabase({ at: { kind: 'pglite', dataDir: 'memory' } });
  return {
    store: new PostgresEventStore(database),
    pool: database.pool,
    holdXid: null,
    close: database.close,
  };
});
