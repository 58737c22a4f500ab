import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMeshError } from '#errors';
import { CAN_PIN, fileError, inFolderOf } from './pinned.js';
import { textOf } from './text-file.js';
import { workspacePath } from './workspace-path.js';

/** A pipe that is opened without it would keep us waiting. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const MAKE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const RIGHTS = 0o777;
const USUAL_RIGHTS = 0o644;

/**
 * The text of a file of the workspace. What runs in the workspace meanwhile, another task in a folder that several share
 * above all, leads it nowhere else.
 *
 * @throws {MeshError} `invalid_request` | `not_found` | `payload_too_large`
 */
export async function textIn(workspace: string, path: string): Promise<string> {
  const place = await workspacePath(workspace, path);
  if (!CAN_PIN) return textOf(place, path);
  const root = await realpath(workspace);
  return told(path, () =>
    inFolderOf({ root, place, make: false }, async (at, name) => {
      const file = await open(at(name), READ);
      try {
        return await textOf(`/proc/self/fd/${file.fd}`, path);
      } finally {
        await file.close();
      }
    }),
  );
}

/** The same, or null where there is no such file. */
export const textInIfAny = (workspace: string, path: string): Promise<string | null> =>
  textIn(workspace, path).catch((error: unknown) => {
    if (isMeshError(error, 'not_found')) return null;
    throw error;
  });

/**
 * Writes a file of the workspace with the folders to it, all of it or nothing, and with the rights that it had.
 *
 * @param draft a name for what is not yet whole, of no other file
 * @throws {MeshError} `invalid_request`
 */
export async function writeIn(workspace: string, path: string, text: string, draft: string): Promise<void> {
  const place = await workspacePath(workspace, path);
  const root = await realpath(workspace);
  const write = CAN_PIN
    ? inFolderOf({ root, place, make: true }, (at, name) => written(at(name), at(draft), text))
    : mkdir(dirname(place), { recursive: true }).then(() =>
        written(place, join(dirname(place), draft), text),
      );
  await told(path, () => write);
}

async function written(file: string, draft: string, text: string): Promise<void> {
  const before = await lstat(file).catch(() => null);
  await rm(draft, { force: true }); // of an attempt that died here
  const made = await open(draft, MAKE, before?.isFile() ? before.mode & RIGHTS : USUAL_RIGHTS);
  try {
    await made.writeFile(text).finally(() => made.close());
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

const told = <Result>(path: string, work: () => Promise<Result>): Promise<Result> =>
  work().catch((error: unknown) => Promise.reject(fileError(error, path)));
