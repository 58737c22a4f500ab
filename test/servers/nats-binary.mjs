import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atLeast, isExecutable, run, versionOf, which } from './shell.mjs';

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
  if (!(await which('apt-get')) || !(await which('dpkg-deb'))) throw new Error('no apt on this machine');
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'nats-server-'));
  try {
    const apt = await privateApt(folder);
    say('nats-server: reading the package list of a newer suite (once)');
    await run('apt-get', [...apt, 'update']);
    say('nats-server: downloading the package');
    await run('apt-get', [...apt, 'download', 'nats-server'], { cwd: folder });
    await run('sh', ['-c', 'dpkg-deb -x nats-server_*.deb unpacked'], { cwd: folder });
    const fetched = join(
      folder,
      'unpacked',
      'usr',
      (await has(folder, 'sbin')) ? 'sbin' : 'bin',
      'nats-server',
    );
    if (!(await isNewEnough(fetched))) throw new Error('the newer suite has no newer nats-server');
    await mkdir(join(CACHE, 'nats-server'), { recursive: true });
    await chmod(fetched, 0o755);
    await rename(fetched, CACHED); // whole or not at all, should two runs fetch at once
    say(`nats-server: ${(await versionOf(CACHED)).join('.')} is ready in .cache`);
    return CACHED;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const has = (folder, bin) => isExecutable(join(folder, 'unpacked', 'usr', bin, 'nats-server'));

/** Options for an apt with sources, lists and cache of its own: it reads the system's configuration and writes nothing there. */
async function privateApt(folder) {
  const sources = join(folder, 'sources.list');
  await writeFile(sources, await newerSource());
  await Promise.all(
    ['lists/partial', 'cache/archives/partial'].map((name) => mkdir(join(folder, name), { recursive: true })),
  );
  const options = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferencesparts': '-',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'Debug::NoLocking': '1',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': '', // else root becomes _apt, who may not enter this folder
    'APT::Update::Error-Mode': 'any',
  };
  return ['-qq', ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])];
}

/** A line for sources.list: the mirror this system already uses, with the newer suite. */
async function newerSource() {
  const release = Object.fromEntries(
    (await readFile('/etc/os-release', 'utf8'))
      .split('\n')
      .map((line) => line.replaceAll('"', '').split('=')),
  );
  const newer = NEWER_SUITE[release.ID];
  if (!newer) throw new Error(`no newer suite is known for ${release.ID}`);
  const uris = await run('apt-get', ['update', '--print-uris', '-o', 'Debug::NoLocking=1']);
  const mirror = new RegExp(`^'(.+)/dists/${release.VERSION_CODENAME}/InRelease'`, 'm').exec(uris)?.[1];
  if (!mirror) throw new Error(`apt has no source for ${release.VERSION_CODENAME}`);
  const keyring = `/usr/share/keyrings/${release.ID}-archive-keyring.gpg`;
  const signed = existsSync(keyring) ? ` [signed-by=${keyring}]` : '';
  return `deb${signed} ${mirror} ${newer.suite} ${newer.component}\n`;
}
