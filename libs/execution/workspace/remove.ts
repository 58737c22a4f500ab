import { chmod, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes a folder with all that is in it, also what its last user locked away from itself. */
export async function remove(folder: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3, retryDelay: 50 } as const;
  try {
    await rm(folder, options);
  } catch {
    await unlock(folder);
    await rm(folder, options);
  }
}

async function unlock(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for await (const entry of await opendir(folder))
    if (entry.isDirectory()) await unlock(join(folder, entry.name));
}
