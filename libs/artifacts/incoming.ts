import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#contract';
import type { PutOptions, StoredArtifact } from './artifact-store.js';
import { Digester, checked, expectDigest } from './digest.js';
import { asUnavailable } from './refusals.js';

/** A put that takes longer than this was cut off by a crash. */
export const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** Content on its way in: a file of its own, until it is whole and known to be what it should be. */
export class Incoming {
  private readonly folder: string;

  /** @param parent the folder of artifacts, to be on one file system with it */
  constructor(
    parent: string,
    private readonly clock: Clock,
  ) {
    this.folder = join(parent, '.incoming');
  }

  /** @throws {MeshError} what `ArtifactStore.put` throws, and what `keep` throws */
  async take(
    content: AsyncIterable<Uint8Array>,
    { maxBytes, digest: expected }: PutOptions,
    keep: (path: string, stored: StoredArtifact) => Promise<void>,
  ): Promise<StoredArtifact> {
    const path = join(this.folder, randomUUID());
    try {
      const digester = new Digester();
      await this.write(path, checked(content, digester, { maxBytes }));
      const stored = { digest: digester.digest(), bytes: digester.bytes };
      expectDigest(expected, stored.digest);
      await keep(path, stored);
      return stored;
    } catch (error) {
      throw asUnavailable(error);
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Removes what crashes of long ago left. */
  async sweep(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.folder)) {
      const file = join(this.folder, name);
      const at = await stat(file).catch(() => null); // another process may have been faster
      if (at && this.clock.now().getTime() - at.mtimeMs > ABANDONED_AFTER_MS) await rm(file, { force: true });
    }
  }

  private async write(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      await writeFile(file, content);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
