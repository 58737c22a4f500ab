import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isExecutable, run, which } from './shell.mjs';

/** Where packages keep programs. */
const PROGRAM_FOLDERS = ['usr/bin', 'usr/sbin', 'bin'];

/**
 * Takes one program out of a package of Debian or Ubuntu and leaves it at `to`. Needs no root and changes nothing on the
 * system. `source` gives a line for sources.list; `isGood` judges what was fetched.
 */
export async function fetchProgram({ package: name, source, to, say }, isGood) {
  if (!(await which('apt-get')) || !(await which('dpkg-deb'))) throw new Error('no apt on this machine');
  await mkdir(dirname(to), { recursive: true });
  const folder = await mkdtemp(join(dirname(to), 'fetching-'));
  try {
    const apt = await privateApt(folder, await source());
    say(`${name}: reading a package list (once)`);
    await run('apt-get', [...apt, 'update']);
    say(`${name}: downloading the package`);
    await run('apt-get', [...apt, 'download', name], { cwd: folder });
    await run('sh', ['-c', 'dpkg-deb -x "$1"_*.deb unpacked', 'sh', name], { cwd: folder });
    const fetched = await programIn(join(folder, 'unpacked'), basename(to));
    if (!fetched || !(await isGood(fetched)))
      throw new Error(`the package ${name} has none that is new enough`);
    await chmod(fetched, 0o755);
    await rename(fetched, to); // whole or not at all, should two runs fetch at once
    return to;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function programIn(unpacked, name) {
  for (const folder of PROGRAM_FOLDERS) {
    const path = join(unpacked, folder, name);
    if (await isExecutable(path)) return path;
  }
  return null;
}

/** Options for an apt with sources, lists and cache of its own: it reads the system's configuration and writes nothing there. */
async function privateApt(folder, source) {
  const sources = join(folder, 'sources.list');
  await writeFile(sources, source);
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

/** This system's name, suite and a maker of lines for sources.list on the mirror it already uses. */
export async function systemSource() {
  const release = Object.fromEntries(
    (await readFile('/etc/os-release', 'utf8'))
      .split('\n')
      .map((line) => line.replaceAll('"', '').split('=')),
  );
  const uris = await run('apt-get', ['update', '--print-uris', '-o', 'Debug::NoLocking=1']);
  const mirror = new RegExp(`^'(.+)/dists/${release.VERSION_CODENAME}/InRelease'`, 'm').exec(uris)?.[1];
  if (!mirror) throw new Error(`apt has no source for ${release.VERSION_CODENAME}`);
  const keyring = `/usr/share/keyrings/${release.ID}-archive-keyring.gpg`;
  const signed = existsSync(keyring) ? ` [signed-by=${keyring}]` : '';
  return {
    id: release.ID,
    suite: release.VERSION_CODENAME,
    line: (suite, component) => `deb${signed} ${mirror} ${suite} ${component}\n`,
  };
}
