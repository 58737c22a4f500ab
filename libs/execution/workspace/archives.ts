import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transfer } from './transfer.js';
import { unpack } from './unpack.js';

/** Archives that are kept from task to task; those that were not used for longest go first. */
const KEPT = 32;

/** Archives that tasks work on, by digest and by tenant, fetched once. */
export class Archives {
  constructor(private readonly folder: string) {}

  /** @throws {MeshError} what `Transfer.fetch` and `unpack` throw */
  async unpack(archive: Readonly<{ tenant: string; digest: string }>, into: string, transfer: Transfer) {
    await unpack(await this.cached(archive, transfer), into);
  }

  /** A tenant never gets what another tenant's task has fetched, without fetching it by its own right. */
  private async cached(
    { tenant, digest }: Readonly<{ tenant: string; digest: string }>,
    transfer: Transfer,
  ): Promise<string> {
    const file = join(
      this.folder,
      `${digest.slice('sha256:'.length)}-${Buffer.from(tenant).toString('hex')}`,
    );
    const isThere = await utimes(file, new Date(), new Date()).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.makeRoom();
    const incoming = join(this.folder, `.${randomUUID()}`);
    try {
      await transfer.fetch(digest, incoming);
      await rename(incoming, file);
    } finally {
      await rm(incoming, { force: true });
    }
    return file;
  }

  private async makeRoom(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => !name.startsWith('.'));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name);
        return { path, usedAt: (await stat(path)).mtimeMs };
      }),
    );
    const old = files.toSorted((a, b) => b.usedAt - a.usedAt).slice(KEPT - 1);
    await Promise.all(old.map(({ path }) => rm(path, { force: true })));
  }
}
