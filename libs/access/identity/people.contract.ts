import { Gate } from '../gate.service.js';
import type { Actor } from '#contract';
import { generateDeviceKey } from '#contract/dpop';
import type { GuardedCommand, GuardedQuery } from '../guarded.request.js';
import { EnrollDevice } from './devices/enroll-device.handler.js';
import { HandClock, actorOf, aUser, identityOver, openMemory } from './identity.contract.js';
import type { IdentityProcess } from './identity.contract.js';
import { CreateToken } from './machine-tokens/create-token.handler.js';
import type { IssuedToken } from './machine-tokens/machine-tokens.service.js';
import { Sessions } from './sessions/sessions.service.js';
import type { User } from './users/user.js';

/** An id that nothing has. */
export const MISSING = '01890000-0000-7000-8000-000000000000';

/** Somebody with a session. */
export type Person = Readonly<{ user: User; actor: Actor }>;

type Request = GuardedCommand<unknown> | GuardedQuery<unknown>;

/** People of two tenants before one gate. */
export type People = Readonly<{
  identity: IdentityProcess;
  gate: Gate;
  /** Admin of the default tenant. */
  admin: Person;
  /** Has `session:manage` and nothing else. */
  manager: Person;
  ada: Person;
  bob: Person;
  /** Admin of another tenant. */
  eve: Person;
  arrive(roles: readonly string[], tenant?: string): Promise<Person>;
  ask(by: Person, request: Request): Promise<unknown>;
  /** A machine token of somebody, and who comes with it. */
  machineOf(person: Person, more?: object): Promise<Readonly<{ made: IssuedToken; person: Person }>>;
  inAMonth: string;
  close(): Promise<void>;
}>;

export async function peopleInMemory(): Promise<People> {
  const database = await openMemory();
  const clock = new HandClock();
  const identity = await identityOver(database, { clock });
  identity.policies.set({ roles: { overseer: { permissions: ['session:manage'] } } });
  const gate = identity.app.get(Gate);
  const inAMonth = new Date(clock.now().getTime() + 30 * 24 * 60 * 60_000).toISOString();
  const arrive = async (roles: readonly string[], tenant = 'default'): Promise<Person> => {
    const user = await aUser(identity, { roles, tenant });
    const { id } = await identity.app.get(Sessions).begin({ user, issuer: 'local' });
    return { user, actor: actorOf(user, id) };
  };
  return {
    identity,
    gate,
    admin: await arrive(['admin']),
    manager: await arrive(['overseer']),
    ada: await arrive(['developer', 'readonly']),
    bob: await arrive(['developer']),
    eve: await arrive(['admin'], 'elsewhere'),
    arrive,
    ask: ({ actor }, request) =>
      'because' in request ? gate.execute(actor, request) : gate.query(actor, request),
    machineOf: async ({ user, actor }, more = {}) => {
      const made = await gate.execute(actor, new CreateToken({ name: 'm', expiresAt: inAMonth, ...more }));
      const { id, roles, scope } = made;
      return { made, person: { user, actor: actorOf(user, id, { roles, scope, issuer: 'token' }) } };
    },
    inAMonth,
    close: async () => {
      await identity.close();
      await database.close();
    },
  };
}

/** The enrolment of a new key, as a transport asks for it that has verified a proof by the key. */
export async function anEnrolment(): Promise<EnrollDevice> {
  const { publicJwk, jkt } = await generateDeviceKey();
  return new EnrollDevice({ name: 'laptop', jwk: publicJwk }, jkt);
}
