import { open } from 'node:fs/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { StoredArtifact } from './artifact-store.js';
import { Bucket } from './bucket.jetstream.js';
import type { KeptObject } from './bucket.jetstream.js';
import type { ChunkReader } from './chunk-reader.jetstream.js';
import { hexOf, undamaged } from './digest.js';
import { overQuota } from './refusals.js';

export type KeeperOptions = Readonly<{
  replicas: number;
  tenantQuotaBytes: number;
  clock: Clock;
  chunks: ChunkReader;
}>;

/** Content that is whole, and where: in the bucket of its tenant. */
export type ToKeep = StoredArtifact & Readonly<{ bucketName: string; path: string }>;

/** Of two that keep the same, one is overtaken and finds it kept: more rounds mean that something else is wrong. */
const MAX_ROUNDS = 32;
/** Retention counts days: what was used within the hour need not be written again. */
const USED_LATELY_MS = 60 * 60 * 1000;

/** Brings whole content to the broker, once, within what its tenant may take. */
export class Keeper {
  /** Bytes on their way to the broker, by bucket: not counted there yet. */
  private readonly underWay = new Map<string, number>();

  constructor(private readonly options: KeeperOptions) {}

  /** What is there already and whole is not sent again; what was damaged is. @throws {MeshError} `payload_too_large` */
  async keep(connection: NatsConnection, content: ToKeep): Promise<void> {
    const bucket = await Bucket.of(connection, content.bucketName);
    await bucket.create(this.options.replicas);
    await untilNotOvertaken(content.digest, async () => {
      const found = await bucket.find(hexOf(content.digest) ?? '');
      if (found && (await this.isWhole(bucket, found, content.digest))) return this.used(bucket, found);
      return this.withRoom(bucket, content, () => this.send(bucket, content, found));
    });
  }

  /** Says that it was used now. False where somebody changed it meanwhile. */
  async used(bucket: Bucket, kept: KeptObject): Promise<boolean> {
    const now = this.options.clock.now();
    return now.getTime() - kept.usedAt.getTime() < USED_LATELY_MS || bucket.use(kept, now);
  }

  private async send(bucket: Bucket, { digest, path }: ToKeep, known: KeptObject | null): Promise<boolean> {
    const file = await open(path, 'r');
    try {
      return await bucket.put(hexOf(digest) ?? '', file, known, this.options.clock.now());
    } finally {
      await file.close();
    }
  }

  private async isWhole(bucket: Bucket, kept: KeptObject, digest: string): Promise<boolean> {
    if (kept.deleted || !(await bucket.hasAllOf(kept))) return false;
    try {
      for await (const _ of undamaged(this.options.chunks.all(bucket, kept), digest)); // to its end, where the digest is known
      return true;
    } catch (error) {
      if (isMeshError(error, 'internal')) return false;
      throw error;
    }
  }

  private async withRoom<Result>(
    bucket: Bucket,
    { bucketName, bytes }: ToKeep,
    send: () => Promise<Result>,
  ): Promise<Result> {
    const quota = this.options.tenantQuotaBytes;
    const used = (await bucket.bytes()) + (this.underWay.get(bucketName) ?? 0);
    if (used + bytes > quota) throw overQuota(used, quota);
    const change = (by: number) => this.underWay.set(bucketName, (this.underWay.get(bucketName) ?? 0) + by);
    change(bytes);
    try {
      return await send();
    } finally {
      change(-bytes);
    }
  }
}

/** Tries until nobody else was first. @throws {MeshError} `version_conflict` if somebody always is */
export async function untilNotOvertaken(digest: string, attempt: () => Promise<boolean>): Promise<void> {
  for (let round = 1; round <= MAX_ROUNDS; round++) if (await attempt()) return;
  throw new MeshError('version_conflict', `the artifact ${digest} is changed by others all the time`);
}
