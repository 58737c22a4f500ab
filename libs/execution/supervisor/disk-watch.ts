import { lstat, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

export type DiskWatchOptions = Readonly<{
  folder: string;
  maxBytes: number;
  /** Folders within that others write. */
  ignore: readonly string[];
  /** The processes whose open files count although they have no name any more. */
  pids: () => readonly number[];
}>;

/** Whatever a run may write, so much of the disk is left to everybody else. */
const RESERVE_BYTES = 256 * 1024 * 1024;
/** The files are looked at when so much of the limit may have been written since. */
const LOOK_EVERY = 1 / 8;
/** Times of files come from a clock that ticks slowly. */
const CLOCK_TICK_MS = 20;
const BLOCK_BYTES = 512;

/** Watches how much a run writes into its folder. Reads one number while the disk does not fill, and the files when it does. */
export class DiskWatch {
  private readonly sinceMs = Date.now() - CLOCK_TICK_MS;
  private freeAtLook: number | null = null;
  private reserveBytes = 0;
  private looking = false;

  constructor(private readonly options: DiskWatchOptions) {}

  /** Whether the run has written more than it may, or the disk is nearly full. */
  async exceeded(): Promise<boolean> {
    if (this.looking) return false;
    this.looking = true;
    try {
      return await this.look();
    } catch {
      return false; // the folder went away: the run will say so itself
    } finally {
      this.looking = false;
    }
  }

  private async look(): Promise<boolean> {
    const { folder, maxBytes } = this.options;
    const free = await freeBytes(folder);
    if (this.freeAtLook === null) {
      this.freeAtLook = free;
      this.reserveBytes = Math.min(RESERVE_BYTES, free / 2);
    }
    if (free < this.reserveBytes) return true;
    if (this.freeAtLook - free < maxBytes * LOOK_EVERY) return false;
    this.freeAtLook = free;
    return (await this.written()) > maxBytes;
  }

  private async written(): Promise<number> {
    const { folder, pids } = this.options;
    const { dev } = await stat(folder);
    const nameless = await Promise.all(pids().map((pid) => namelessBytes(pid, dev)));
    return (await this.bytesIn(folder)) + nameless.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** What was written or changed since the run began; links are not followed. */
  private async bytesIn(folder: string): Promise<number> {
    let bytes = 0;
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (this.options.ignore.includes(path)) continue;
      if (entry.isDirectory()) bytes += await this.bytesIn(path);
      else if (entry.isFile()) bytes += await this.bytesOf(path);
    }
    return bytes;
  }

  private async bytesOf(path: string): Promise<number> {
    const found = await lstat(path).catch(() => null);
    return found && found.ctimeMs >= this.sinceMs ? found.blocks * BLOCK_BYTES : 0;
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** What a process holds open on the device `dev` after deleting it. */
async function namelessBytes(pid: number, dev: number): Promise<number> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => null)));
  return files
    .filter((file) => file?.isFile() && file.nlink === 0 && file.dev === dev)
    .reduce((sum, file) => sum + (file?.blocks ?? 0) * BLOCK_BYTES, 0);
}
