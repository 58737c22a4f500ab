import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '#errors';

const exec = promisify(execFile);

/** A bwrap of this machine; `missing` are options that a box needs and this one lacks. */
export type Bubblewrap = Readonly<{ path: string; version: string; missing: readonly string[] }>;

/** What a box needs that not every bwrap has: the last of them came with 0.8. */
const NEEDED = ['--clearenv', '--disable-userns', '--perms', '--remount-ro', '--ro-bind-try', '--size'];

/** How to come by one. */
export const HOW_TO_INSTALL =
  'install bubblewrap 0.8 or newer (`apt install bubblewrap`, `dnf install bubblewrap`, `pacman -S bubblewrap`), ' +
  'or name a program with execution.bwrap';

export type Found = Bubblewrap | Readonly<{ problem: string }>;

/** Finds bwrap where the setting says, or else on the PATH, and asks it what it can do. */
export async function findBubblewrap(
  setting: string | undefined,
  path = process.env['PATH'],
): Promise<Found> {
  if (process.platform !== 'linux') return { problem: `it needs Linux, and this is ${process.platform}` };
  const program = setting ?? onPath(path ?? '');
  if (program === null) return { problem: 'there is no bwrap on the PATH' };
  try {
    const [version, help] = await Promise.all(['--version', '--help'].map((flag) => exec(program, [flag])));
    const known = new Set(help?.stdout.match(/--[a-z-]+/g));
    return {
      path: program,
      version: version?.stdout.trim().replace('bubblewrap ', '') ?? '?',
      missing: NEEDED.filter((option) => !known.has(option)),
    };
  } catch (error) {
    return { problem: `${program} does not run: ${messageOf(error)}` };
  }
}

const onPath = (path: string): string | null =>
  path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'bwrap'))
    .find((file) => isExecutable(file)) ?? null;

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
