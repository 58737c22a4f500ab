import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { JetStreamApiCodes, JetStreamApiError, StorageType, jetstream } from '@nats-io/jetstream';
import type { JetStreamClient, JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import type { ObjectInfo } from '@nats-io/obj';
import { headers } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { bucketOfStream } from './bucket-name.js';

/** An object as it stands: `usedAt` says when it was put or used last. */
export type KeptObject = ObjectInfo & Readonly<{ usedAt: Date }>;

/** The broker's API has had the second for long; the library's types name it for direct gets only. */
type Query = Readonly<{ last_by_subj: string }> | Readonly<{ seq: number; next_by_subj: string }>;

/** Every message is answered as base64 in JSON: of this size it is well below the 1 MiB that a broker takes. */
const CHUNK_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;
const WRONG_LAST_SEQUENCE: ReadonlySet<number> = new Set([10_071, 10_164]);

/**
 * The objects of one tenant. Written with the object store's own calls. Read message by message from the stream's leader:
 * never stale, no faster than who reads, and what is lost is missed, not waited for. Changes are made on the revision
 * that was read, so that of two that change one object, one is told that it lost (the calls of the library overwrite).
 */
export class Bucket {
  private constructor(
    private readonly name: string,
    private readonly js: JetStreamClient,
    private readonly manager: JetStreamManager,
  ) {}

  /** May not be there yet: then it has nothing. */
  static async of(connection: NatsConnection, name: string): Promise<Bucket> {
    const js = jetstream(connection, { timeout: TIMEOUT_MS });
    return new Bucket(name, js, await js.jetstreamManager(false));
  }

  /** Makes it, if it is not there. */
  async create(replicas: number): Promise<void> {
    const description = 'Artifacts of one tenant, by the digest of their content.';
    await new Objm(this.js).create(this.name, { storage: StorageType.File, replicas, description });
  }

  /** Also one that was deleted, and not forgotten yet. */
  async find(object: string): Promise<KeptObject | null> {
    const message = await this.message({ last_by_subj: this.metaOf(object) });
    return message && keptOf(message);
  }

  /** All there is, also what was deleted and is not forgotten yet. */
  async *all(): AsyncGenerator<KeptObject, void, undefined> {
    for (let seq = 1; ;) {
      const message = await this.message({ seq, next_by_subj: `$O.${this.name}.M.>` });
      if (!message) return;
      yield keptOf(message);
      seq = message.seq + 1;
    }
  }

  /** Keeps it, if `known` is how it still stands; null: it is new. */
  async put(object: string, content: FileHandle, known: KeptObject | null, usedAt: Date): Promise<boolean> {
    const objects = await new Objm(this.js).open(this.name, false);
    const stream = Readable.toWeb(
      content.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES }),
    ) as ReadableStream<Uint8Array>;
    const meta = {
      name: object,
      metadata: { usedAt: usedAt.toISOString() },
      options: { max_chunk_size: CHUNK_BYTES },
    };
    const putting = objects.put(meta, stream, {
      timeout: TIMEOUT_MS,
      previousRevision: known?.revision ?? 0,
    });
    return unlessOvertaken(async () => void (await putting));
  }

  /** Says that it was used, if `known` is how it still stands. */
  async use(known: KeptObject, usedAt: Date): Promise<boolean> {
    return unlessOvertaken(() => this.rewrite(known, { metadata: { usedAt: usedAt.toISOString() } }));
  }

  /** Deletes it, if `known` is how it still stands. */
  async delete(known: KeptObject): Promise<boolean> {
    const deleted = { deleted: true, size: 0, chunks: 0 };
    if (!known.deleted && !(await unlessOvertaken(() => this.rewrite(known, deleted)))) return false;
    await this.forget(known.name);
    return true;
  }

  /** Whether all of its chunks are there: a put whose last answer was lost takes them back, and may have named them. */
  async hasAllOf({ nuid, chunks }: KeptObject): Promise<boolean> {
    const subject = this.chunksOf(nuid);
    const { state } = await this.manager.streams.info(this.stream, { subjects_filter: subject });
    return (state.subjects?.[subject] ?? 0) === chunks;
  }

  /** A chunk by its place in the stream, or the first of that object from `seq` on. */
  async chunk(nuid: string, seq: number): Promise<StoredMsg | null> {
    return this.message({ seq, next_by_subj: this.chunksOf(nuid) });
  }

  /** Which objects have chunks here: their ids. */
  async nuids(): Promise<readonly string[]> {
    const prefix = this.chunksOf('');
    const { state } = await this.manager.streams.info(this.stream, { subjects_filter: `${prefix}>` });
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  }

  /** Removes what was put under that id, if the last of it came before then. */
  async abandon(nuid: string, before: Date): Promise<void> {
    const last = await this.message({ last_by_subj: this.chunksOf(nuid) });
    if (last && last.time < before)
      await this.manager.streams.purge(this.stream, { filter: this.chunksOf(nuid) });
  }

  /** What it takes in the broker, its names and all. */
  async bytes(): Promise<number> {
    return (await this.manager.streams.info(this.stream)).state.bytes;
  }

  /** Removes what is left of one that was deleted, and nothing that was put since. */
  private async forget(object: string): Promise<void> {
    const known = await this.find(object);
    if (!known?.deleted) return;
    await this.manager.streams.purge(this.stream, { filter: this.chunksOf(known.nuid) });
    await this.manager.streams.purge(this.stream, { filter: this.metaOf(object), seq: known.revision + 1 });
  }

  private get stream(): string {
    return `OBJ_${this.name}`;
  }

  private metaOf(object: string): string {
    const name = Buffer.from(object).toString('base64url');
    return `$O.${this.name}.M.${name.padEnd(Math.ceil(name.length / 4) * 4, '=')}`;
  }

  private chunksOf(nuid: string): string {
    return `$O.${this.name}.C.${nuid}`;
  }

  private async rewrite(known: KeptObject, changes: Partial<ObjectInfo>): Promise<void> {
    const { name, bucket, nuid, size, chunks, digest, mtime, revision } = known;
    const { options, metadata } = known;
    const rolledUp = headers();
    rolledUp.set('Nats-Rollup', 'sub');
    const said = { name, bucket, nuid, size, chunks, digest, mtime, options, metadata, deleted: false };
    await this.js.publish(this.metaOf(name), JSON.stringify({ ...said, ...changes }), {
      headers: rolledUp,
      expect: { lastSubjectSequence: revision },
    });
  }

  private async message(query: Query): Promise<StoredMsg | null> {
    try {
      return await this.manager.streams.getMessage(this.stream, query);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null;
      throw error;
    }
  }
}

/** All buckets whose names begin so. */
export async function* bucketsOf(
  connection: NatsConnection,
  prefix: string,
): AsyncGenerator<Bucket, void, undefined> {
  const manager = await jetstream(connection, { timeout: TIMEOUT_MS }).jetstreamManager(false);
  for await (const stream of manager.streams.names()) {
    const name = bucketOfStream(prefix, stream);
    if (name !== null) yield await Bucket.of(connection, name);
  }
}

function keptOf(message: StoredMsg): KeptObject {
  const info = message.json<ObjectInfo>();
  const usedAt = info.metadata?.['usedAt'] ?? info.mtime;
  return { ...info, revision: message.seq, usedAt: new Date(usedAt) };
}

/** False where somebody else was first. */
async function unlessOvertaken(change: () => Promise<void>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.has(error.code)) return false;
    throw error;
  }
}
