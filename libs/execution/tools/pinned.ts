import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { MeshError } from '#errors';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Whether files can be reached by folders that are held open, whatever is done to their paths meanwhile. */
export const CAN_PIN = process.platform === 'linux';

/** Where a name of a folder that is held open is. */
const within = (folder: FileHandle, name: string): string => `/proc/self/fd/${folder.fd}/${name}`;

/**
 * Uses a file by way of its folder, held open. An agent runs while we read and write for it: a folder that it replaces by
 * a link, after its path was checked, leads nowhere.
 *
 * @param root the workspace
 * @param place a path in it, absolute and without links
 * @param make whether folders that are not there are made
 * @param use is told where a name of the folder is, and the file's name
 * @throws {MeshError} `invalid_request` where there is a link after all, or no folder
 */
export async function inFolderOf<Result>(
  { root, place, make }: Readonly<{ root: string; place: string; make: boolean }>,
  use: (at: (name: string) => string, name: string) => Promise<Result>,
): Promise<Result> {
  const names = relative(root, place).split(sep);
  const name = names.pop() ?? '';
  let folder = await open(root, FOLDER);
  try {
    for (const next of names) {
      const inner = await entered(within(folder, next), make);
      await folder.close();
      folder = inner;
    }
    const held = folder;
    return await use((file) => within(held, file), name);
  } finally {
    await folder.close();
  }
}

async function entered(path: string, make: boolean): Promise<FileHandle> {
  if (make) await mkdir(path).catch(unless('EEXIST'));
  return open(path, FOLDER);
}

const unless =
  (code: string) =>
  (error: NodeJS.ErrnoException): void => {
    if (error.code !== code) throw error;
  };

/** What the file system says, in our words. */
export function fileError(error: unknown, path: string): MeshError {
  if (error instanceof MeshError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new MeshError('not_found', `path: there is no file "${path}"`);
  return new MeshError('invalid_request', `path: "${path}" cannot be used (${code ?? String(error)})`);
}
