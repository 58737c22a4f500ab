import { keepOutput, RUN_FOLDER } from './leaks/run-folder.js';
import { temporaryFolder } from './servers/folder.js';
import { KEEPER, startKeeper } from './servers/keeper.js';
import { startNats } from './servers/nats.js';
import { startPostgres } from './servers/postgres.js';

/** Keeps what a stream of this process is told: also what the processes of specs write to their own. */
function listenTo(name: 'stdout' | 'stderr'): void {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  stream.write = (text: string | Uint8Array, ...rest: unknown[]) => {
    keepOutput(`vitest-${name}`, text);
    return write(text, ...rest);
  };
}

const leaveRunning = async (): Promise<void> => undefined;

/**
 * Before a run of vitest: offers the servers its specs share (none is started until a spec asks), and a folder for what
 * the run puts out, to be searched for secrets at its end.
 */
export async function setup(): Promise<() => Promise<void>> {
  const given = process.env['DATABASE_URL'];
  const keeper = await startKeeper({
    postgres: async () => (given ? { url: given, stop: leaveRunning } : startPostgres()),
    nats: () => startNats(),
  });
  process.env[KEEPER] = keeper.path;
  const run = await temporaryFolder();
  process.env[RUN_FOLDER] = run.path;
  listenTo('stdout');
  listenTo('stderr');
  return async () => {
    await keeper.close();
    await run.remove();
  };
}
