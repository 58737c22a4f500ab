import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SystemClock } from '#contract';
import type { Clock } from '#contract';
import { MeshError } from '#errors';
import { ArtifactStore } from './artifact-store.js';
import type {
  ArtifactPiece,
  OpenedArtifact,
  PutOptions,
  StoredArtifact,
  UnusedArtifact,
} from './artifact-store.js';
import { digestOfHex, hexOf, undamaged } from './digest.js';
import { filesUnder } from './files-under.js';
import { Incoming } from './incoming.js';
import { asUnavailable } from './refusals.js';
import { DEFAULT_QUOTA_BYTES, TenantUsage } from './tenant-usage.js';

export type FilesOptions = Readonly<{
  /** Shared by all processes that answer requests or schedule. */
  folder: string;
  /** What all artifacts of one tenant may take. @default 10 GiB */
  tenantQuotaBytes?: number | undefined;
  clock?: Clock | undefined;
}>;

/**
 * Artifacts as files: `<folder>/<tenant>/<first two digits>/<digest>`. A file is written under another name, synced, and
 * then renamed, so that what is there is whole. When it was modified is when it was used last.
 */
export class FilesArtifactStore extends ArtifactStore {
  private readonly usage: TenantUsage;
  private readonly incoming: Incoming;
  private readonly clock: Clock;

  constructor(private readonly options: FilesOptions) {
    super();
    this.clock = options.clock ?? new SystemClock();
    this.usage = new TenantUsage(options.tenantQuotaBytes ?? DEFAULT_QUOTA_BYTES);
    this.incoming = new Incoming(options.folder, this.clock);
  }

  override put(
    tenant: string,
    content: AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<StoredArtifact> {
    return this.incoming.take(content, options, (path, stored) => this.keep(tenant, path, stored));
  }

  override async open(tenant: string, digest: string): Promise<OpenedArtifact | null> {
    const bytes = await this.sizeOf(tenant, digest);
    if (bytes === null) return null;
    return { bytes, content: undamaged(createReadStream(this.fileOf(tenant, digest)), digest) };
  }

  override async read(
    tenant: string,
    digest: string,
    offset: number,
    length: number,
  ): Promise<ArtifactPiece | null> {
    const bytes = await this.sizeOf(tenant, digest);
    if (bytes === null) return null;
    const file = await open(this.fileOf(tenant, digest), 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return { bytes, piece: buffer.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  }

  override async sizeOf(tenant: string, digest: string): Promise<number | null> {
    if (hexOf(digest) === undefined) return null;
    return unlessGone(async () => (await stat(this.fileOf(tenant, digest))).size);
  }

  override async use(tenant: string, digest: string): Promise<number | null> {
    if (hexOf(digest) === undefined) return null;
    const file = this.fileOf(tenant, digest);
    return unlessGone(async () => {
      await utimes(file, this.clock.now(), this.clock.now());
      return (await stat(file)).size;
    });
  }

  override async *unusedSince(since: Date): AsyncGenerator<UnusedArtifact, void, undefined> {
    if ((await unlessGone(() => stat(this.options.folder))) === null) return;
    for await (const { path, entry } of filesUnder(this.options.folder)) {
      const digest = digestOfHex(entry.name);
      const found = digest === null ? null : await unlessGone(() => stat(path));
      if (digest === null || !found?.isFile() || found.mtime >= since) continue;
      yield { digest, bytes: found.size, remove: () => this.remove(path, since) };
    }
  }

  override async sweep(): Promise<void> {
    await this.incoming.sweep();
  }

  /** Out of the way first: who uses it from then on finds nothing, and who did before has left the time in the file. */
  private async remove(path: string, since: Date): Promise<boolean> {
    const found = await unlessGone(() => stat(path));
    if (found === null || found.mtime >= since) return false;
    const aside = join(this.options.folder, '.incoming', randomUUID());
    const isMoved = await unlessGone(async () => (await rename(path, aside), true));
    if (!isMoved) return false;
    const moved = await unlessGone(() => stat(aside)); // null: swept away meanwhile, as it is old
    const isUsed = moved !== null && moved.mtime >= since;
    if (isUsed) await rename(aside, path);
    else await rm(aside, { force: true });
    this.usage.forget(dirname(dirname(path)));
    return !isUsed;
  }

  /** Moves what was written to where it belongs. What is there already is replaced: should it be damaged, this mends it. */
  private async keep(tenant: string, temporary: string, { digest, bytes }: StoredArtifact): Promise<void> {
    const target = this.fileOf(tenant, digest);
    const isNew = (await this.sizeOf(tenant, digest)) === null;
    if (isNew) await this.usage.take(this.folderOf(tenant), bytes);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await utimes(temporary, this.clock.now(), this.clock.now());
    await rename(temporary, target);
    await synced(dirname(target));
  }

  private fileOf(tenant: string, digest: string): string {
    const hex = hexOf(digest);
    if (hex === undefined) throw new MeshError('internal', `"${digest}" is no digest`);
    return join(this.folderOf(tenant), hex.slice(0, 2), hex);
  }

  private folderOf(tenant: string): string {
    return join(this.options.folder, folderName(tenant));
  }
}

/** Its own name, where no file system could take it for another's; else one that no tenant can have. */
const folderName = (tenant: string): string =>
  /^[a-z0-9_-]{1,128}$/.test(tenant) ? tenant : `~${createHash('sha256').update(tenant).digest('hex')}`;

/** Null where there is no such file, or no longer. */
async function unlessGone<Found>(look: () => Promise<Found>): Promise<Found | null> {
  try {
    return await look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw asUnavailable(error);
  }
}

/** A renamed file is there after a crash only if its folder says so. */
async function synced(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
