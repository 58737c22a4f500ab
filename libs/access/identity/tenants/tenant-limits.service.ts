import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { MeshError } from '#errors';
import { Believed } from '../../believed.js';
import { IdentitySql } from '../identity-sql.service.js';
import { versionedLimitsIn } from './limits.js';
import type { Limits, VersionedLimits } from './limits.js';

/** What tenants may use at most. */
@Injectable()
export class TenantLimits {
  private readonly believed: Believed<Promise<Limits>>;

  constructor(
    private readonly sql: IdentitySql,
    clock: Clock,
  ) {
    this.believed = new Believed({ now: () => clock.monotonicMs() });
  }

  /** As stored now. */
  get(tenant: string): Promise<VersionedLimits> {
    return versionedLimitsIn(this.sql, tenant);
  }

  /** As of a second ago at most: for what is asked at each request. */
  of(tenant: string): Promise<Limits> {
    return this.believed.get(tenant) ?? this.believed.keep(tenant, this.stored(tenant));
  }

  private async stored(tenant: string): Promise<Limits> {
    return (await this.get(tenant)).limits;
  }

  /**
   * Replaces them all.
   *
   * @param expected the version they were read at; none replaces any
   * @throws {MeshError} `version_conflict` if they were changed meanwhile
   */
  async put(tenant: string, limits: Limits, expected?: number): Promise<VersionedLimits> {
    const [row] = await this.sql.rows<{ version: number }>(
      `insert into tenant_limits as l (tenant, limits, version)
       select $1, $2, 1 where coalesce($3::int, 0) = 0 or exists (select 1 from tenant_limits where tenant = $1)
       on conflict (tenant) do update set limits = $2, version = l.version + 1
         where $3::int is null or l.version = $3::int
       returning version`,
      tenant,
      JSON.stringify(limits),
      expected ?? null,
    );
    this.believed.drop(tenant);
    if (row) return { limits, version: row.version };
    const { version } = await this.get(tenant);
    throw new MeshError('version_conflict', `the limits of ${tenant} are at version ${version} by now`, {
      field: 'If-Match',
      hint: 'read them again, and decide again',
    });
  }
}
