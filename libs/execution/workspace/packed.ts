import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MeshError } from '#errors';

/** An archive as it is read. */
export type OpenedArchive = Readonly<{
  /** The tar, whether it was compressed or not. */
  content: Readable;
  /** Reads no more of it: it is at its end, or is refused. */
  end: (refusal?: MeshError) => void;
}>;

const GZIP = Buffer.from([0x1f, 0x8b]);

/**
 * Opens a tar or tar.gz. It is unzipped here and not by what unpacks it, which would take all that a few bytes can become
 * into memory, and keep everybody else waiting meanwhile.
 *
 * @param maxBytes as much as the tar may have
 */
export async function openedArchive(archive: string, maxBytes: number): Promise<OpenedArchive> {
  const file = createReadStream(archive);
  const tar = isGzip(await beginningOf(archive)) ? pipeline(file, createGunzip(), () => {}) : file;
  let ended: { readonly refusal: MeshError | undefined } | null = null;
  async function* content(): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    for await (const chunk of tar as AsyncIterable<Uint8Array>) {
      if (bytes === 0 && isGzip(chunk)) throw refused('it is compressed twice');
      bytes += chunk.length;
      if (bytes > maxBytes) throw refused(`unpacked it has more than ${maxBytes} bytes`);
      yield chunk;
      if (ended?.refusal) throw ended.refusal;
      if (ended) return;
    }
  }
  return {
    content: Readable.from(content(), { objectMode: false }),
    end: (refusal) => {
      ended ??= { refusal };
    },
  };
}

const isGzip = (bytes: Uint8Array): boolean => GZIP.equals(bytes.subarray(0, GZIP.length));

async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(GZIP.length), 0, GZIP.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const refused = (fault: string): MeshError =>
  new MeshError('invalid_request', `the archive is refused: ${fault}`, { field: 'workspace.archive' });
