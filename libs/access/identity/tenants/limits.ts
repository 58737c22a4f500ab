import { z } from 'zod';
import { nameSchema } from '#contract';
import type { Sql } from '../identity-sql.service.js';

const count = z.int().min(1).max(1_000_000).optional();

/** What a tenant may use at most; what is not given is not limited here. */
export const limitsSchema = z.strictObject({
  /** Tasks that run at once. */
  maxConcurrentTasks: count,
  /** Of them, of one session. */
  maxConcurrentTasksPerSession: count,
  /** Of them, by one agent; by the agents' ids. */
  maxConcurrentTasksPerAgent: z.record(nameSchema, z.int().min(1).max(1_000_000)).optional(),
  /** Tasks that wait for a worker; more are refused. */
  maxQueuedTasks: count,
  /** What each of its sessions gets beside a session of another tenant. @default 1 */
  sessionWeight: z.int().min(1).max(100).optional(),
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
