import { FirstAdmin, IdentitySql, Passwords, createUserSchema } from '#access';
import type { OneTimeToken, User } from '#access';
import { DEFAULT_TENANT, SystemClock, decode } from '#contract';
import { MeshError } from '#errors';
import { PostgresEventStore } from '#event-store';
import type { Config } from '#platform';
import { openDatabaseOf } from './open-infrastructure.js';
import { recorded } from './operator-record.js';

/**
 * Makes the first admin of a deployment in its database, on the word of whoever may write there. No server need run.
 *
 * @throws {MeshError} `access_denied` once there is an admin, `invalid_request` for a bad name or password, `unsupported`
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
    const at = { store: new PostgresEventStore(database), clock };
    return await recorded(at, SETTING_UP, () => work(firstAdmin));
  } finally {
    await database.close();
  }
}

const SETTING_UP = {
  tenant: DEFAULT_TENANT,
  action: 'auth.setup',
  resourceType: 'user',
  resourceId: '',
  reason: 'whoever may write to the database sets it up',
  command: 'coderclaw init',
} as const;

const nobodyNeeded = () =>
  new MeshError('unsupported', 'local-only mode has no first admin: you are one on your own machine', {
    hint: 'set `mode: remote-enabled` in .coderClaw/runtime.yaml first, or CODERCLAW_MODE',
  });
