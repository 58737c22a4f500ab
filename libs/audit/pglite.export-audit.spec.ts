import { openDatabase } from '#event-store';
import { exportAuditContract } from './export-audit.contract.js';

exportAuditContract('PGlite', async () => {
  const database = await openDatabase({ at: { kind: 'pglite', dataDir: 'memory' } });
  return { database, close: database.close };
});
