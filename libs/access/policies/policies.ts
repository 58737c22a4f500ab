import type { CompiledPolicy, PolicyDocument } from '#policy';

/** A tenant's own policy, as it was last written. Version 0: none was. */
export type TenantPolicy = Readonly<{ document: PolicyDocument; version: number }>;

/** Port. Which policy holds in a tenant: all its layers, compiled. */
export abstract class Policies {
  /** @throws {MeshError} `unavailable` if it cannot be read: nothing is judged by less than the whole policy */
  abstract of(tenant: string): Promise<CompiledPolicy>;

  /** What `of` would say if this were the tenant's own layer. */
  abstract with(document: PolicyDocument): CompiledPolicy;

  /** The tenant's own layer, as stored now. @throws {MeshError} `unavailable` */
  abstract read(tenant: string): Promise<TenantPolicy>;

  /**
   * Replaces the tenant's own layer, for every process.
   *
   * @param expected the version it replaces; any, if none is given
   * @returns its new version
   * @throws {MeshError} `version_conflict` if another was written meanwhile
   */
  abstract write(
    tenant: string,
    document: PolicyDocument,
    by: Readonly<{ userId: string; expected?: number | undefined }>,
  ): Promise<number>;
}
