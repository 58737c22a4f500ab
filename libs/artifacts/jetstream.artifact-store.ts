import type { NatsConnection } from '@nats-io/transport-node';
import { SystemClock } from '#contract';
import type { Clock } from '#contract';
import { ArtifactStore } from './artifact-store.js';
import type {
  ArtifactPiece,
  OpenedArtifact,
  PutOptions,
  StoredArtifact,
  UnusedArtifact,
} from './artifact-store.js';
import { BrokerReach } from './broker-reach.jetstream.js';
import type { BrokerLink } from './broker-reach.jetstream.js';
import { bucketName } from './bucket-name.js';
import { Bucket, bucketsOf } from './bucket.jetstream.js';
import { ChunkReader } from './chunk-reader.jetstream.js';
import { digestOfHex, hexOf, undamaged } from './digest.js';
import { ABANDONED_AFTER_MS, Incoming } from './incoming.js';
import { Keeper, untilNotOvertaken } from './keeper.jetstream.js';
import { DEFAULT_QUOTA_BYTES } from './tenant-usage.js';

export type JetStreamArtifactsOptions = Readonly<{
  /** Begins the names of the buckets, of which each tenant has one: letters, digits and `-`. */
  bucket: string;
  /** Copies of each in a cluster, when it is made. @default 1 */
  replicas?: number | undefined;
  /** Where content waits until it is whole. This machine's own. */
  folder: string;
  /** What all artifacts of one tenant may take in the broker. @default 10 GiB */
  tenantQuotaBytes?: number | undefined;
  clock?: Clock | undefined;
}>;

/**
 * Artifacts in JetStream's object store: a bucket for each tenant, in it objects named by the digest of their content.
 * All processes that share the broker see the same. What comes is whole and checked before the broker hears of it.
 */
export class JetStreamArtifactStore extends ArtifactStore {
  private readonly broker: BrokerReach;
  private readonly clock: Clock;
  private readonly incoming: Incoming;
  private readonly chunks = new ChunkReader();
  private readonly keeper: Keeper;

  constructor(
    link: BrokerLink,
    private readonly options: JetStreamArtifactsOptions,
  ) {
    super();
    const { replicas = 1, tenantQuotaBytes = DEFAULT_QUOTA_BYTES, clock = new SystemClock() } = options;
    this.broker = new BrokerReach(link);
    this.clock = clock;
    this.incoming = new Incoming(options.folder, clock);
    this.keeper = new Keeper({ replicas, tenantQuotaBytes, clock, chunks: this.chunks });
  }

  override put(
    tenant: string,
    content: AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<StoredArtifact> {
    return this.incoming.take(content, options, (path, stored) => {
      const toKeep = { ...stored, path, bucketName: this.bucketOf(tenant) };
      return this.broker.use((connection) => this.keeper.keep(connection, toKeep));
    });
  }

  override async open(tenant: string, digest: string): Promise<OpenedArtifact | null> {
    const found = await this.broker.use((connection) => this.find(connection, tenant, digest));
    if (!found) return null;
    const { bucket, kept } = found;
    const content = this.broker.each(() => this.chunks.all(bucket, kept));
    return { bytes: kept.size, content: undamaged(content, digest) };
  }

  override read(
    tenant: string,
    digest: string,
    offset: number,
    length: number,
  ): Promise<ArtifactPiece | null> {
    return this.broker.use(async (connection) => {
      const found = await this.find(connection, tenant, digest);
      if (!found) return null;
      const { bucket, kept } = found;
      return { bytes: kept.size, piece: await this.chunks.range(bucket, kept, offset, length) };
    });
  }

  override async sizeOf(tenant: string, digest: string): Promise<number | null> {
    const found = await this.broker.use((connection) => this.find(connection, tenant, digest));
    return found?.kept.size ?? null;
  }

  override use(tenant: string, digest: string): Promise<number | null> {
    return this.broker.use(async (connection) => {
      let bytes: number | null = null;
      await untilNotOvertaken(digest, async () => {
        const found = await this.find(connection, tenant, digest);
        bytes = found?.kept.size ?? null;
        return !found || this.keeper.used(found.bucket, found.kept);
      });
      return bytes;
    });
  }

  override async *unusedSince(since: Date): AsyncGenerator<UnusedArtifact, void, undefined> {
    for await (const { bucket, kept } of this.everything()) {
      const digest = digestOfHex(kept.name);
      if (kept.deleted || digest === null || kept.usedAt >= since) continue;
      yield { digest, bytes: kept.size, remove: () => this.broker.use(() => bucket.delete(kept)) };
    }
  }

  /** Also finishes what a crash left half deleted. */
  override async sweep(): Promise<void> {
    await this.incoming.sweep();
    const before = new Date(this.clock.now().getTime() - ABANDONED_AFTER_MS);
    const named = new Set<string>();
    for await (const { bucket, kept } of this.everything()) {
      if (kept.deleted) await this.broker.use(() => bucket.delete(kept));
      else named.add(kept.nuid);
    }
    for await (const bucket of this.buckets()) {
      const unnamed = (await this.broker.use(() => bucket.nuids())).filter((nuid) => !named.has(nuid));
      for (const nuid of unnamed) await this.broker.use(() => bucket.abandon(nuid, before));
    }
  }

  /** Null for what is not there, or no longer all there. */
  private async find(connection: NatsConnection, tenant: string, digest: string) {
    const hex = hexOf(digest);
    if (hex === undefined) return null;
    const bucket = await Bucket.of(connection, this.bucketOf(tenant));
    const kept = await bucket.find(hex);
    return kept && !kept.deleted && (await bucket.hasAllOf(kept)) ? { bucket, kept } : null;
  }

  private async *everything() {
    for await (const bucket of this.buckets())
      for await (const kept of this.broker.each(() => bucket.all())) yield { bucket, kept };
  }

  private buckets() {
    return this.broker.each((connection) => bucketsOf(connection, this.options.bucket));
  }

  private bucketOf(tenant: string): string {
    return bucketName(this.options.bucket, tenant);
  }
}
