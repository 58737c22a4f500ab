import { z } from 'zod';
import type { Sql } from '../identity-sql.service.js';

const count = z.int().min(1).max(1_000_000).optional();

/** What a tenant may use at most; what is not given is not limited here. */
export const limitsSchema = z.strictObject({
  /** Tasks that run at once. */
  maxConcurrentTasks: count,
  /** Of each user, in any one process. */
  requestsPerMinute: count,
  /** Live sessions of each user, machine tokens aside. */
  maxSessionsPerUser: count,
});

export type Limits = Readonly<z.output<typeof limitsSchema>>;

/** Limits with the number of the change that made them; 0 before the first. */
export type VersionedLimits = Readonly<{ limits: Limits; version: number }>;

/** The limits of a tenant, none if nobody set any. */
export const limitsIn = async (sql: Sql, tenant: string): Promise<Limits> =>
  (await versionedLimitsIn(sql, tenant)).limits;

export async function versionedLimitsIn(sql: Sql, tenant: string): Promise<VersionedLimits> {
  const text = `select limits, version from tenant_limits where tenant = $1`;
  const [row] = await sql.rows<{ limits: string; version: number }>(text, tenant);
  return row
    ? { limits: JSON.parse(row.limits) as Limits, version: row.version }
    : { limits: {}, version: 0 };
}
