import { KEEPER, startKeeper } from './servers/keeper.js';
import { startNats } from './servers/nats.js';
import { startPostgres } from './servers/postgres.js';

const leaveRunning = async (): Promise<void> => undefined;

/** Before a run of vitest: offers the servers its specs share. None is started until a spec asks. */
export async function setup(): Promise<() => Promise<void>> {
  const given = process.env['DATABASE_URL'];
  const keeper = await startKeeper({
    postgres: async () => (given ? { url: given, stop: leaveRunning } : startPostgres()),
    nats: () => startNats(),
  });
  process.env[KEEPER] = keeper.path;
  return () => keeper.close();
}
