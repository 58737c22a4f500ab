import { IdentitySql, PostgresPolicies } from '#access';
import { SystemClock } from '#contract';
import { MeshError } from '#errors';
import { PostgresEventStore } from '#event-store';
import type { Config } from '#platform';
import { nameOfUser } from './local-actor.js';
import { openDatabaseOf } from './open-infrastructure.js';
import { recorded } from './operator-record.js';

/** A tenant whose own layer of the policy says nothing any more. */
export type ResetPolicy = Readonly<{ tenant: string; version: number }>;

/**
 * Takes back what a tenant's own layer of the policy says, on the word of whoever may write to the database: the way out
 * for whom the policy has shut out. Files and defaults then rule alone; running servers notice within a second.
 *
 * @throws {MeshError} `not_found` for a tenant without a policy of its own; `unavailable` without the database, or while
 *   a local server holds its data folder
 */
export async function resetPolicy(config: Config, tenant: string): Promise<ResetPolicy> {
  const database = await openDatabaseOf({ config });
  try {
    const policies = new PostgresPolicies(new IdentitySql(database.dataSource), {
      local: config.mode === 'local-only',
      below: () => [],
      changed: () => undefined,
    });
    const at = { store: new PostgresEventStore(database), clock: new SystemClock() };
    return await recorded(at, deedOn(tenant), async () => {
      const version = await policies.reset(tenant, nameOfUser());
      if (version === null) throw nothingThere(tenant);
      return { tenant, version };
    });
  } finally {
    await database.close();
  }
}

const deedOn = (tenant: string) => ({
  tenant,
  action: 'policy.reset',
  resourceType: 'policy',
  resourceId: 'tenant',
  reason: 'whoever may write to the database takes the policy back',
  command: 'coderclaw policy reset',
});

const nothingThere = (tenant: string): MeshError =>
  new MeshError('not_found', `the tenant ${tenant} has no policy of its own to take back`, {
    field: '--tenant',
    hint: 'what else restricts is in .coderClaw/security.yaml; `coderclaw policy explain --file` asks it',
  });
