import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const CACHE = fileURLToPath(new URL('../../../.cache/peers', import.meta.url));

/** The folder that holds these packages in `node_modules`, installed if there is none: they are no dependencies of ours. */
export async function installed(packages: readonly string[]): Promise<string> {
  const folder = join(CACHE, packages.map((each) => each.replace(/^@[^/]+\//, '')).join('-'));
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const fetching = await mkdtemp(join(CACHE, 'fetching-'));
  try {
    process.stderr.write(`installing ${packages.join(', ')} into .cache/peers (once)\n`);
    const quiet = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
    await exec('npm', ['install', '--prefix', fetching, '--save-exact', ...quiet, ...packages]);
    await rename(fetching, folder); // whole or not at all
    return folder;
  } finally {
    await rm(fetching, { recursive: true, force: true });
  }
}
