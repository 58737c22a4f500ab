import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchProgram, systemSource } from './apt.mjs';
import { atLeast, isExecutable, versionOf, which } from './shell.mjs';

/** The oldest that can make the product's boxes. */
const OLDEST = [0, 8, 0];
const CACHED = join(fileURLToPath(new URL('../../.cache', import.meta.url)), 'bubblewrap', 'bwrap');

const isNewEnough = async (path) => atLeast(await versionOf(path).catch(() => []), OLDEST);

/** A line for sources.list: the mirror this system already uses, and its own suite. */
async function ownSource() {
  const { suite, line } = await systemSource();
  return line(suite, 'main');
}

/**
 * The path of a bwrap of at least 0.8: `BWRAP_BIN`, the PATH, the project's cache, or fetched with apt into that cache,
 * which needs no root and changes nothing on the system.
 */
export async function bwrapBinary(say = () => undefined) {
  const wanted = process.env.BWRAP_BIN;
  if (wanted) {
    if (await isNewEnough(wanted)) return wanted;
    throw new Error(`BWRAP_BIN=${wanted} is not a bubblewrap of ${OLDEST.join('.')} or newer`);
  }
  for (const found of [await which('bwrap'), CACHED])
    if (found && (await isExecutable(found)) && (await isNewEnough(found))) return found;
  if (process.platform !== 'linux') throw new Error('bubblewrap needs Linux');
  return fetchProgram({ package: 'bubblewrap', source: ownSource, to: CACHED, say }, isNewEnough).catch(
    (error) => {
      throw new Error(
        `No bubblewrap ${OLDEST.join('.')} or newer, and none could be fetched (${error.message}): install the package ` +
          'bubblewrap, or set BWRAP_BIN=/path/to/bwrap',
        { cause: error },
      );
    },
  );
}
