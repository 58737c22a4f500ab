import { openDatabase } from '#event-store';
import { freshDatabase } from '#test/servers';
import { exportAuditContract } from './export-audit.contract.js';

exportAuditContract('Postgres', async () => {
  const { url, drop } = await freshDatabase();
  const database = await openDatabase({ at: { kind: 'postgres', url } });
  const close = async (): Promise<void> => {
    await database.close();
    await drop();
  };
  return { database, close };
});
