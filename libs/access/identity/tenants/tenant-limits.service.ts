import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { MeshError } from '#errors';
import { IdentitySql } from '../identity-sql.service.js';
import { versionedLimitsIn } from './limits.js';
import type { Limits, VersionedLimits } from './limits.js';

const BELIEVED_MS = 1_000;
const MAX_TENANTS = 10_000;

type Kept = Readonly<{ limits: Promise<Limits>; until: number }>;

/** What tenants may use at most. */
@Injectable()
export class TenantLimits {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly sql: IdentitySql,
    private readonly clock: Clock,
  ) {}

  /** As stored now. */
  get(tenant: string): Promise<VersionedLimits> {
    return versionedLimitsIn(this.sql, tenant);
  }

  /** As of a second ago at most: for what is asked at each request. */
  of(tenant: string): Promise<Limits> {
    const now = this.clock.monotonicMs();
    const known = this.kept.get(tenant);
    if (known && known.until > now) return known.limits;
    const limits = this.get(tenant).then((stored) => stored.limits);
    limits.catch(() => this.kept.delete(tenant));
    if (this.kept.size >= MAX_TENANTS) this.kept.clear();
    this.kept.set(tenant, { limits, until: now + BELIEVED_MS });
    return limits;
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
    this.kept.delete(tenant);
    if (row) return { limits, version: row.version };
    const { version } = await this.get(tenant);
    throw new MeshError('version_conflict', `the limits of ${tenant} are at version ${version} by now`, {
      field: 'If-Match',
      hint: 'read them again, and decide again',
    });
  }
}
