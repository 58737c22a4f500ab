import { randomUUID } from 'node:crypto';
import { chmod, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A path that is longer is near what the system takes (4096 bytes, the names of files included). */
const LONG_PATH_BYTES = 2048;

/**
 * Removes a folder with all that is in it, also what its last user locked away from itself, or put deeper than a path
 * can say.
 */
export async function remove(folder: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3, retryDelay: 50 } as const;
  try {
    await rm(folder, options);
  } catch {
    await unlock(folder);
    await rm(folder, options);
  }
}

/** Makes each folder one that can be entered, and brings up what lies too deep. */
async function unlock(top: string): Promise<void> {
  await chmod(top, 0o700);
  const left = [top];
  for (let folder = left.pop(); folder !== undefined; folder = left.pop()) {
    for await (const entry of await opendir(folder)) {
      if (!entry.isDirectory()) continue;
      const inner = join(folder, entry.name);
      await chmod(inner, 0o700);
      left.push(Buffer.byteLength(inner) > LONG_PATH_BYTES ? await broughtUp(inner, top) : inner);
    }
  }
}

async function broughtUp(folder: string, top: string): Promise<string> {
  const higher = join(top, `.${randomUUID()}`);
  await rename(folder, higher);
  return higher;
}
