/** What was put: under its digest it is found again, by its own tenant. */
export type StoredArtifact = Readonly<{ digest: string; bytes: number }>;

export type PutOptions = Readonly<{
  /** More is refused, as soon as it is more. */
  maxBytes: number;
  /** What the content must turn out to be: `sha256:<hex>`. */
  digest?: string | undefined;
}>;

/** An artifact that can be read, as it was put: content that was damaged since ends in an error, never as if whole. */
export type OpenedArtifact = Readonly<{ bytes: number; content: AsyncIterable<Uint8Array> }>;

/** A piece of an artifact. What is damaged is found by whoever puts the pieces together and checks the digest. */
export type ArtifactPiece = Readonly<{ bytes: number; piece: Uint8Array }>;

/** What nobody has used for long. `remove` removes it, unless it was used meanwhile: then it answers false. */
export type UnusedArtifact = StoredArtifact & Readonly<{ remove(): Promise<boolean> }>;

/**
 * Port. Large values by the digest of their content. The tenant is part of each key: a digest of another tenant's is one
 * that does not exist. Within a tenant, whoever knows a digest may name it.
 *
 * Every method throws `unavailable` where what keeps them is away.
 */
export abstract class ArtifactStore {
  /**
   * Keeps the content, wholly or not at all; the same content twice is kept once. It counts as used now.
   *
   * @throws {MeshError} `payload_too_large` over `maxBytes` or the tenant's quota, `invalid_request` for content of
   *   another digest, `unavailable` where nothing can be written
   */
  abstract put(
    tenant: string,
    content: AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<StoredArtifact>;

  /** The whole of it; `null` if the tenant has no such artifact. */
  abstract open(tenant: string, digest: string): Promise<OpenedArtifact | null>;

  /** At most `length` bytes of it from `offset` on; `null` if the tenant has no such artifact. */
  abstract read(
    tenant: string,
    digest: string,
    offset: number,
    length: number,
  ): Promise<ArtifactPiece | null>;

  /** How many bytes it has; `null` if the tenant has no such artifact. */
  abstract sizeOf(tenant: string, digest: string): Promise<number | null>;

  /** As `sizeOf`, and it counts as used now: to be called before a task names it. */
  abstract use(tenant: string, digest: string): Promise<number | null>;

  /** What was put and used before `since`, and not again, of all tenants; in no order. */
  abstract unusedSince(since: Date): AsyncIterable<UnusedArtifact>;

  /** Clears away what puts of long ago left half done when their process died. Safe while others put. */
  abstract sweep(): Promise<void>;
}
