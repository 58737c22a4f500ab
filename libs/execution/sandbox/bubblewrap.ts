import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '#errors';
import { isWithin } from './toolchains.js';

const exec = promisify(execFile);

/** A bwrap of this machine; `missing` are options that a box needs and this one lacks. */
export type Bubblewrap = Readonly<{
  path: string;
  version: string;
  missing: readonly string[];
  /** The program of util-linux that sets limits. */
  prlimit: string;
}>;

/** What a box needs that not every bwrap has: the last of them came with 0.8. */
const NEEDED = ['--clearenv', '--disable-userns', '--perms', '--remount-ro', '--ro-bind-try', '--size'];

/** How to come by one. */
export const HOW_TO_INSTALL =
  'install bubblewrap 0.8 or newer (`apt install bubblewrap`, `dnf install bubblewrap`, `pacman -S bubblewrap`), ' +
  'or name a program with execution.bwrap';

export type Found = Bubblewrap | Readonly<{ problem: string }>;

/** Finds bwrap where the setting says, or else on the PATH, and asks it what it can do. */
export async function findBubblewrap(setting: string | undefined): Promise<Found> {
  if (process.platform !== 'linux') return { problem: `it needs Linux, and this is ${process.platform}` };
  const path = setting ?? trustedProgram('bwrap');
  if (path === null) return { problem: 'there is no bwrap on the PATH' };
  const prlimit = trustedProgram('prlimit');
  if (prlimit === null) return { problem: 'there is no prlimit (of util-linux) on the PATH' };
  try {
    const [version, help] = await Promise.all(['--version', '--help'].map((flag) => exec(path, [flag])));
    const known = new Set(help?.stdout.match(/--[a-z-]+/g));
    return {
      path,
      version: version?.stdout.trim().replace('bubblewrap ', '') ?? '?',
      missing: NEEDED.filter((option) => !known.has(option)),
      prlimit,
    };
  } catch (error) {
    return { problem: `${path} does not run: ${messageOf(error)}` };
  }
}

/**
 * A program on the PATH, but not one of a project: `npx` and `npm run` put folders first that a task may write, and what
 * it left there would be run outside of its box.
 */
export function trustedProgram(
  name: string,
  path = process.env['PATH'] ?? '',
  project = process.cwd(),
): string | null {
  const folders = path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !folder.includes('node_modules') && !isWithin(folder, project));
  return folders.map((folder) => join(folder, name)).find((file) => isExecutable(file)) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
