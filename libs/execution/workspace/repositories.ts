import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { git } from './git.js';

export type Checkout = Readonly<{ repository: string; ref?: string | undefined }>;

/** Repositories that tasks work on: one bare mirror each, which a task's folder is filled from. */
export class Repositories {
  private readonly busy = new Map<string, Promise<void>>();

  /** @param folder where mirrors are kept from task to task */
  constructor(private readonly folder: string) {}

  /**
   * Checks a ref out into a folder that is empty, as a shallow clone without a remote.
   *
   * @throws {MeshError} `invalid_request` with git's own words; what the signal aborts with
   */
  async checkOut({ repository, ref = 'HEAD' }: Checkout, into: string, signal: AbortSignal): Promise<void> {
    const mirror = join(this.folder, hashOf(repository));
    const kept = `refs/coderclaw/${hashOf(ref)}`;
    await this.alone(mirror, async () => {
      await mkdir(mirror, { recursive: true, mode: 0o700 });
      await git(['init', '--quiet', '--bare'], { cwd: mirror, signal });
      const fetch = ['fetch', '--quiet', '--depth=1', '--no-tags', '--force', '--no-recurse-submodules'];
      await git([...fetch, '--', repository, `${ref}:${kept}`], { cwd: mirror, signal });
      await git(['init', '--quiet', '--template='], { cwd: into, signal });
      await git([...fetch, '--', pathToFileURL(mirror).href, kept], { cwd: into, signal });
    });
    await git(['checkout', '--quiet', '--detach', 'FETCH_HEAD'], { cwd: into, signal });
  }

  /** One at a time: two fetches into one mirror get into each other's way. */
  private async alone(mirror: string, work: () => Promise<void>): Promise<void> {
    const before = this.busy.get(mirror) ?? Promise.resolve();
    const now = before.then(work, work);
    this.busy.set(mirror, now);
    try {
      await now;
    } finally {
      if (this.busy.get(mirror) === now) this.busy.delete(mirror);
    }
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);
