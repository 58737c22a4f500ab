import { stat } from 'node:fs/promises';
import { filesUnder } from './files-under.js';
import { overQuota } from './refusals.js';

/** What all artifacts of one tenant may take, where nobody says otherwise. */
export const DEFAULT_QUOTA_BYTES = 10 * 1024 ** 3;

/** How many bytes each tenant keeps, as far as this process knows: what others put is seen when the folder is read next. */
export class TenantUsage {
  private readonly used = new Map<string, number>();

  constructor(private readonly quotaBytes: number) {}

  /** @throws {MeshError} `payload_too_large` if that many bytes more do not fit */
  async take(folder: string, bytes: number): Promise<void> {
    const known = this.used.get(folder);
    const used = known === undefined || known + bytes > this.quotaBytes ? await bytesIn(folder) : known; // something may have been removed
    if (used + bytes > this.quotaBytes) throw overQuota(used, this.quotaBytes);
    this.used.set(folder, used + bytes);
  }

  /** Something was removed there: it is looked at again. */
  forget(folder: string): void {
    this.used.delete(folder);
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const { path, entry } of filesUnder(folder))
      if (entry.isFile()) bytes += (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return bytes;
}
