import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MeshError, isMeshError } from '#errors';
import { git } from './git.js';

export type Checkout = Readonly<{ repository: string; ref?: string | undefined }>;

export type CheckoutLimits = Readonly<{ maxFiles: number; maxBytes: number }>;

/** What may be checked out: a few objects can name each other so often that no disk has room for what they say. */
const CHECKOUT_LIMITS: CheckoutLimits = { maxFiles: 400_000, maxBytes: 10 * 1024 ** 3 };

const FETCH = ['fetch', '--quiet', '--depth=1', '--no-tags', '--force', '--no-recurse-submodules'] as const;

/** Repositories that tasks work on: one bare mirror each, which a task's folder is filled from. */
export class Repositories {
  private readonly busy = new Map<string, Promise<void>>();

  /** @param folder where mirrors are kept from task to task */
  constructor(
    private readonly folder: string,
    private readonly limits = CHECKOUT_LIMITS,
  ) {}

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
      for (const lock of ['shallow.lock', `${kept}.lock`]) await rm(join(mirror, lock), { force: true }); // of a crash
      await git(['init', '--quiet', '--bare', '--template='], { cwd: mirror, signal });
      const asked = [...FETCH, '--', repository, `${ref}:${kept}`];
      await git(asked, { cwd: mirror, signal, remote: true });
      await git(['init', '--quiet', '--template='], { cwd: into, signal });
      await git([...FETCH, '--', pathToFileURL(mirror).href, kept], { cwd: into, signal });
    });
    await this.checkSize(into, signal);
    await git(['checkout', '--quiet', '--detach', 'FETCH_HEAD'], { cwd: into, signal });
  }

  /** @throws {MeshError} `invalid_request` for more than a folder is to hold */
  private async checkSize(cwd: string, signal: AbortSignal): Promise<void> {
    const { maxFiles, maxBytes } = this.limits;
    const list = ['ls-tree', '-r', '-l', '-z', '--full-tree', 'FETCH_HEAD'];
    const listed = await git(list, { cwd, signal, maxBytes: maxFiles * MAX_LINE_BYTES }).catch(
      (error: unknown) => {
        throw isMeshError(error, 'payload_too_large') ? refusal(`more than ${maxFiles} files`) : error;
      },
    );
    let [files, bytes] = [0, 0];
    for (const [, size] of listed.toString('latin1').matchAll(ENTRY)) {
      files += 1;
      bytes += Number(size ?? 0);
    }
    if (files > maxFiles || bytes > maxBytes)
      throw refusal(`${files} files of ${bytes} bytes, more than ${maxFiles} of ${maxBytes}`);
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

/** A list of files with longer lines is as good as one of too many. */
const MAX_LINE_BYTES = 300;

/** A file in such a list, and its size; a link to another repository has none. */
const ENTRY = /\d+ \w+ [0-9a-f]+ +(?:(\d+)|-)\t[^\0]*\0/g;

const refusal = (what: string): MeshError =>
  new MeshError('invalid_request', `the repository is refused: checked out it has ${what}`, {
    field: 'workspace.repository',
  });

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);
