import type { Bucket, KeptObject } from './bucket.jetstream.js';
import { damaged } from './refusals.js';

/** What the object store's own clients take, where an object does not say. */
const DEFAULT_CHUNK_BYTES = 128 * 1024;
const MAX_REMEMBERED = 1024;

/** Reads objects chunk by chunk. Remembers where chunks are, so that who reads on need not look from the start. */
export class ChunkReader {
  private readonly places = new Map<string, number[]>();

  /** All of it, in order. @throws {MeshError} `internal` where a chunk is missing */
  async *all(bucket: Bucket, kept: KeptObject): AsyncGenerator<Uint8Array, void, undefined> {
    for (let i = 0; i < kept.chunks; i++) yield await this.chunk(bucket, kept, i);
  }

  /** At most `length` bytes from `offset` on. @throws {MeshError} `internal` where a chunk is missing */
  async range(bucket: Bucket, kept: KeptObject, offset: number, length: number): Promise<Uint8Array> {
    const chunkBytes = kept.options?.max_chunk_size ?? DEFAULT_CHUNK_BYTES;
    const end = Math.min(offset + length, kept.size);
    const pieces: Uint8Array[] = [];
    for (let at = offset; at < end;) {
      const index = Math.floor(at / chunkBytes);
      const chunk = await this.chunk(bucket, kept, index);
      const piece = chunk.subarray(at - index * chunkBytes, end - index * chunkBytes);
      if (piece.length === 0) throw damaged(`sha256:${kept.name}`);
      pieces.push(piece);
      at += piece.length;
    }
    return Buffer.concat(pieces);
  }

  private async chunk(bucket: Bucket, { nuid, name }: KeptObject, index: number): Promise<Uint8Array> {
    const places = this.placesOf(nuid);
    for (let i = Math.min(index, places.length); ; i++) {
      const message = await bucket.chunk(nuid, places[i] ?? (places[i - 1] ?? 0) + 1);
      if (!message) throw damaged(`sha256:${name}`);
      places[i] = message.seq;
      if (i === index) return message.data;
    }
  }

  private placesOf(nuid: string): number[] {
    const known = this.places.get(nuid) ?? [];
    this.places.delete(nuid);
    this.places.set(nuid, known);
    const [oldest] = this.places.keys();
    if (this.places.size > MAX_REMEMBERED && oldest !== undefined) this.places.delete(oldest);
    return known;
  }
}
