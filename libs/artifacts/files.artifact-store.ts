import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MeshError } from '#errors';
import { ArtifactStore } from './artifact-store.js';
import type { ArtifactPiece, OpenedArtifact, PutOptions, StoredArtifact } from './artifact-store.js';
import { Digester, checked, expectDigest, hexOf } from './digest.js';
import { asUnavailable, damaged } from './refusals.js';
import { TenantUsage } from './tenant-usage.js';

export type FilesOptions = Readonly<{
  /** Shared by all processes that answer requests or schedule. */
  folder: string;
  /** What all artifacts of one tenant may take. @default 10 GiB */
  tenantQuotaBytes?: number | undefined;
}>;

const DEFAULT_QUOTA_BYTES = 10 * 1024 ** 3;

/** A put that takes longer than this was cut off by a crash. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Artifacts as files: `<folder>/<tenant>/<first two digits>/<digest>`. A file is written under another name, synced, and
 * then renamed, so that what is there is whole.
 */
export class FilesArtifactStore extends ArtifactStore {
  private readonly usage: TenantUsage;
  private readonly incoming: string;

  constructor(private readonly options: FilesOptions) {
    super();
    this.usage = new TenantUsage(options.tenantQuotaBytes ?? DEFAULT_QUOTA_BYTES);
    this.incoming = join(options.folder, '.incoming');
  }

  /** Makes the folder, and removes what crashes of long ago left half written. */
  async prepare(): Promise<void> {
    await mkdir(this.incoming, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.incoming)) {
      const file = join(this.incoming, name);
      const at = await stat(file).catch(() => null); // another process may have been faster
      if (at && Date.now() - at.mtimeMs > ABANDONED_AFTER_MS) await rm(file, { force: true });
    }
  }

  override async put(
    tenant: string,
    content: AsyncIterable<Uint8Array>,
    { maxBytes, digest: expected }: PutOptions,
  ): Promise<StoredArtifact> {
    const temporary = join(this.incoming, randomUUID());
    try {
      const digester = new Digester();
      await written(temporary, checked(content, digester, { maxBytes }));
      const stored = { digest: digester.digest(), bytes: digester.bytes };
      expectDigest(expected, stored.digest);
      await this.keep(tenant, temporary, stored);
      return stored;
    } catch (error) {
      await rm(temporary, { force: true });
      throw asUnavailable(error);
    }
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
    try {
      return (await stat(this.fileOf(tenant, digest))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw asUnavailable(error);
    }
  }

  /** Moves what was written to where it belongs. What is there already is replaced: should it be damaged, this mends it. */
  private async keep(tenant: string, temporary: string, { digest, bytes }: StoredArtifact): Promise<void> {
    const target = this.fileOf(tenant, digest);
    const isNew = (await this.sizeOf(tenant, digest)) === null;
    if (isNew) await this.usage.take(this.folderOf(tenant), bytes);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rename(temporary, target);
    await utimes(target, new Date(), new Date()); // an operator removes what was not put for long
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

async function written(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  try {
    await writeFile(file, content);
    await file.sync();
  } finally {
    await file.close();
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

async function* undamaged(
  content: AsyncIterable<Uint8Array>,
  digest: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const digester = new Digester();
  for await (const chunk of content) {
    digester.take(chunk);
    yield chunk;
  }
  if (digester.digest() !== digest) throw damaged(digest);
}
