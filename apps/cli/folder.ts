import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { MeshError } from '#errors';

/** The folder that a flag names, as an absolute path. @throws {MeshError} `invalid_request` if there is none */
export function folderOf(flag: string, given: string, cwd: string): string {
  const path = resolve(cwd, given);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new MeshError('invalid_request', `--${flag}: ${path} is no folder`, {
    field: flag,
    hint: 'make it first, or name one that is there',
  });
}
