import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { MAX_ARTIFACT_BYTES } from '#contract';
import { MeshError } from '#errors';
import type { ArtifactStore, StoredArtifact } from './artifact-store.js';

/** A piece of an artifact on its way here. */
export type UploadedPiece = Readonly<{
  tenant: string;
  /** Whose upload it is: two uploads of one digest do not mix. */
  uploader: string;
  digest: string;
  bytes: number;
  offset: number;
  piece: Uint8Array;
}>;

/** `next`: where to go on. `stored`: it is all there. */
export type UploadProgress = Readonly<{ next: number; stored: boolean }>;

type Upload = Readonly<{ pipe: PassThrough; stored: Promise<StoredArtifact>; idle: NodeJS.Timeout }> & {
  received: number;
};

/** An uploader that says nothing for so long has gone. */
const IDLE_MS = 60_000;

const MAX_UPLOADS = 256;

/**
 * Puts artifacts together that arrive in pieces, each of them perhaps twice, or begun at another process: the answer
 * says where to go on, whatever was sent.
 */
export class ChunkedUploads {
  private readonly uploads = new Map<string, Upload>();

  constructor(private readonly store: ArtifactStore) {}

  /** @throws {MeshError} what the store's `put` throws; `rate_limited` when too many are under way */
  async append(sent: UploadedPiece): Promise<UploadProgress> {
    const { tenant, digest, bytes, offset, piece } = sent;
    if ((await this.store.use(tenant, digest)) === bytes) return { next: bytes, stored: true };
    const key = JSON.stringify([tenant, sent.uploader, digest]);
    const upload = this.uploads.get(key) ?? (offset === 0 ? this.begin(key, sent) : null);
    if (!upload) return { next: 0, stored: false };
    upload.idle.refresh();
    if (upload.received !== offset) return { next: upload.received, stored: false };
    upload.received += piece.length;
    if (upload.received > bytes) this.drop(upload, moreThan(bytes));
    else await write(upload, piece);
    if (upload.received === bytes) upload.pipe.end();
    if (upload.received < bytes) return { next: upload.received, stored: false };
    await upload.stored;
    return { next: bytes, stored: true };
  }

  private begin(key: string, { tenant, digest }: UploadedPiece): Upload {
    if (this.uploads.size >= MAX_UPLOADS)
      throw new MeshError('rate_limited', `${MAX_UPLOADS} artifacts are being put at this moment`, {
        retryAfterSeconds: 1,
      });
    const pipe = new PassThrough().on('error', () => {}); // `stored` says it
    const options = { maxBytes: MAX_ARTIFACT_BYTES, digest };
    const stored = this.store.put(tenant, pipe, options);
    const idle = setTimeout(() => this.drop(upload, gone()), IDLE_MS).unref();
    const upload: Upload = { pipe, stored, idle, received: 0 };
    this.uploads.set(key, upload);
    const forget = () => {
      clearTimeout(idle);
      this.uploads.delete(key);
      pipe.destroy();
    };
    stored.then(forget, forget);
    return upload;
  }

  private drop({ pipe }: Upload, why: MeshError): void {
    pipe.destroy(why);
  }
}

/** Resolves when there is room for more, or when nobody takes it any more: then `stored` says why. */
async function write({ pipe, stored }: Upload, piece: Uint8Array): Promise<void> {
  if (piece.length === 0 || pipe.destroyed || pipe.writableEnded || pipe.write(piece)) return;
  const stop = new AbortController();
  try {
    await Promise.race([once(pipe, 'drain', { signal: stop.signal }), stored]);
  } finally {
    stop.abort();
  }
}

const moreThan = (bytes: number) =>
  new MeshError('invalid_request', `there is more of it than the ${bytes} bytes it was said to have`, {
    field: 'bytes',
  });

const gone = () => new MeshError('deadline_exceeded', `nothing more of it came within ${IDLE_MS} ms`);
