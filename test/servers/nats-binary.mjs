import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchProgram, systemSource } from './apt.mjs';
import { atLeast, isExecutable, versionOf, which } from './shell.mjs';

/** The oldest broker the system accepts. */
const OLDEST = [2, 14, 5];
const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const CACHED = join(CACHE, 'nats-server', 'nats-server');

/** Which suite of which distribution has a broker new enough. The program is static: it runs on older ones too. */
const NEWER_SUITE = {
  debian: { suite: 'testing', component: 'main' },
  ubuntu: { suite: 'devel', component: 'universe' },
};

const isNewEnough = async (path) => atLeast(await versionOf(path).catch(() => []), OLDEST);

/**
 * The path of a nats-server of at least 2.14.5: `NATS_SERVER_BIN`, the PATH, the project's cache, or fetched with apt
 * into that cache, which needs no root and changes nothing on the system.
 */
export async function natsServerBinary(say = () => undefined) {
  const wanted = process.env.NATS_SERVER_BIN;
  if (wanted) {
    if (await isNewEnough(wanted)) return wanted;
    throw new Error(`NATS_SERVER_BIN=${wanted} is not a nats-server of ${OLDEST.join('.')} or newer`);
  }
  const onPath = await which('nats-server');
  if (onPath && (await isNewEnough(onPath))) return onPath;
  if ((await isExecutable(CACHED)) && (await isNewEnough(CACHED))) return CACHED;
  return fetchWithApt(say).catch((error) => {
    throw new Error(howToGetOne(error.message), { cause: error });
  });
}

const howToGetOne = (
  reason,
) => `No nats-server ${OLDEST.join('.')} or newer, and none could be fetched (${reason}).
Get one in any of these ways, then try again:
  1. your package manager: brew install nats-server, or on Debian and Ubuntu a newer suite's nats-server package
  2. a release archive of nats-server, unpacked: put it on the PATH or set NATS_SERVER_BIN=/path/to/nats-server
  3. Docker: id=$(docker create nats:2.15) && docker cp $id:/nats-server . && docker rm $id, then NATS_SERVER_BIN=$PWD/nats-server`;

async function fetchWithApt(say) {
  const fetched = await fetchProgram(
    { package: 'nats-server', source: newerSource, to: CACHED, say },
    isNewEnough,
  );
  say(`nats-server: ${(await versionOf(fetched)).join('.')} is ready in .cache`);
  return fetched;
}

/** A line for sources.list: the mirror this system already uses, with the newer suite. */
async function newerSource() {
  const { id, line } = await systemSource();
  const newer = NEWER_SUITE[id];
  if (!newer) throw new Error(`no newer suite is known for ${id}`);
  return line(newer.suite, newer.component);
}
