import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Runs a program to its end and gives what it printed; an error carries the end of what it complained about. */
export async function run(program, args, options = {}) {
  try {
    const { stdout } = await exec(program, args, { maxBuffer: 64 * 1024 * 1024, ...options });
    return stdout;
  } catch (error) {
    const said = `${error.stderr ?? ''}`.trim().split('\n').slice(-5).join('\n');
    throw new Error(`${program} ${args[0] ?? ''} failed: ${said || error.message}`, { cause: error });
  }
}

export const isExecutable = (path) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Where a program lies on the PATH, or null. */
export async function which(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, program);
    if (await isExecutable(path)) return path;
  }
  return null;
}

/** The first dotted number in what `program args` prints, as numbers: `v2.14.5` is [2, 14, 5]. */
export async function versionOf(program, args = ['--version']) {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(await run(program, args));
  return found ? found.slice(1).map((part) => Number(part ?? 0)) : [];
}

/** Whether version `a` is `b` or newer, part by part. */
export function atLeast(a, b) {
  const at = b.findIndex((part, i) => (a[i] ?? 0) !== part);
  return at === -1 || (a[at] ?? 0) > b[at];
}
