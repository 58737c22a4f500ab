import { chown, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { guardFolder } from './guard.js';
import type { Identity } from './identity.js';

/** A folder that is gone after this process, at the latest. */
export type TemporaryFolder = Readonly<{ path: string; remove(): Promise<void> }>;

const MAY_ENTER = 0o001;

/** Whether any user of this machine may reach `path`. */
export async function everyoneReaches(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & MAY_ENTER) === 0) return false;
  const parent = dirname(resolve(path));
  return parent === path || everyoneReaches(parent);
}

/** Makes a folder under the system's temporary one, for `owner` if given. */
export async function temporaryFolder(owner?: Identity): Promise<TemporaryFolder> {
  const base = owner && !(await everyoneReaches(tmpdir())) ? '/tmp' : tmpdir();
  const path = await mkdtemp(join(base, 'cc-')); // short: a socket's path has room for about 100 characters
  const disown = guardFolder(path);
  if (owner) await chown(path, owner.uid, owner.gid);
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
      disown();
    },
  };
}
