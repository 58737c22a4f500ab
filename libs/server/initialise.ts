import { FirstAdmin, IdentitySql, Passwords, createUserSchema } from '#access';
import type { OneTimeToken, User } from '#access';
import { DEFAULT_TENANT, SystemClock, decode, uuidv7 } from '#contract';
import type { AuditResult } from '#contract';
import { MeshError, isMeshError, messageOf } from '#errors';
import { PostgresEventStore } from '#event-store';
import type { EventStore } from '#event-store';
import type { Config } from '#platform';
import { nameOfUser } from './local-actor.js';
import { openDatabaseOf } from './open-infrastructure.js';

/**
 * Makes the first admin of a deployment in its database, on the word of whoever may write there. No server need run.
 *
 * @throws {MeshError} `access_denied` once there is a user, `invalid_request` for a bad name or password, `unsupported`
 *   in local-only mode, `unavailable` without the database
 */
export async function initialise(
  config: Config,
  { name, password }: Readonly<{ name: string; password: string }>,
): Promise<User> {
  decode(createUserSchema, { name, roles: ['admin'] });
  return withFirstAdmin(config, (firstAdmin) => firstAdmin.create(name, password));
}

/**
 * A token with which somebody else makes the first admin over the network, within a day.
 *
 * @throws {MeshError} as `initialise`
 */
export const issueSetupToken = (config: Config): Promise<OneTimeToken> =>
  withFirstAdmin(config, (firstAdmin) => firstAdmin.issueToken());

async function withFirstAdmin<Result>(
  config: Config,
  work: (firstAdmin: FirstAdmin) => Promise<Result>,
): Promise<Result> {
  if (config.mode === 'local-only') throw nobodyNeeded();
  const database = await openDatabaseOf({ config });
  try {
    const clock = new SystemClock();
    const firstAdmin = new FirstAdmin(new IdentitySql(database.dataSource), new Passwords(), clock);
    return await recorded(new PostgresEventStore(database), clock, () => work(firstAdmin));
  } finally {
    await database.close();
  }
}

/** What was allowed and could not be done is told as well. */
async function recorded<Result>(store: EventStore, clock: SystemClock, work: () => Promise<Result>) {
  await store.record(entry(clock.now(), 'allowed', 'whoever may write to the database sets it up'));
  try {
    return await work();
  } catch (error) {
    if (isMeshError(error)) await store.record(entry(clock.now(), 'refused', messageOf(error)));
    throw error;
  }
}

const entry = (now: Date, result: AuditResult, reason: string) => ({
  id: uuidv7(now.getTime()),
  tenant: DEFAULT_TENANT,
  at: now.toISOString(),
  actorKind: 'system' as const,
  userId: nameOfUser(),
  sessionId: '',
  trust: 'trusted',
  roles: [],
  action: 'auth.setup',
  resourceType: 'user',
  resourceId: '',
  result,
  reason,
  rule: 'coderclaw init',
});

const nobodyNeeded = () =>
  new MeshError('unsupported', 'local-only mode has no first admin: you are one on your own machine', {
    hint: 'set `mode: remote-enabled` in .coderClaw/runtime.yaml first, or CODERCLAW_MODE',
  });
