import { freshDatabase } from '#test/servers';
import { leadershipContract } from './leadership.contract.js';
import { openDatabase } from './postgres.database.js';
import { PostgresLeadership } from './postgres.leadership.js';

const TIMES = { ttlMs: 2_000, renewMs: 100, pollMs: 50 };

leadershipContract('PostgresLeadership on a server', async () => {
  const { url, drop } = await freshDatabase();
  // two processes may start at once
  const open = () => openDatabase({ at: { kind: 'postgres', url }, maxConnections: 2 });
  const [a, b] = await Promise.all([open(), open()]);
  const candidates = [new PostgresLeadership(a.pool, TIMES), new PostgresLeadership(b.pool, TIMES)] as const;
  const close = async (): Promise<void> => {
    await Promise.all([a.close(), b.close()]);
    await drop();
  };
  return { candidates, close };
});

leadershipContract('PostgresLeadership on PGlite', async () => {
  const { pool, close } = await openDatabase({ at: { kind: 'pglite', dataDir: 'memory' } });
  return { candidates: [new PostgresLeadership(pool, TIMES), new PostgresLeadership(pool, TIMES)], close };
});
