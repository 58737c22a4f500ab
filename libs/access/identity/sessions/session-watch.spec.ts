import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '#contract';
import type { Actor } from '#contract';
import type { Database } from '#event-store';
import { InProcessBus } from '#streaming';
import { Devices } from '../devices/devices.service.js';
import { actorOf, aUser, identityOver, openPostgres } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { IdentitySql } from '../identity-sql.service.js';
import { Users } from '../users/users.service.js';
import type { User } from '../users/user.js';
import { SessionEnds } from './session-ends.service.js';
import { SessionWatch } from './session-watch.service.js';
import { Sessions } from './sessions.service.js';

const expectAllToAbort = (signals: readonly AbortSignal[]) =>
  vi.waitFor(() => expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]), 1_000);

describe('what stays open', () => {
  let database: Database;
  let here: IdentityProcess;
  let together: IdentityProcess;
  let apart: IdentityProcess;
  const clock = new SystemClock();

  beforeAll(async () => {
    database = await openPostgres();
    const bus = new InProcessBus();
    here = await identityOver(database, { clock, bus });
    together = await identityOver(database, { clock, bus });
    apart = await identityOver(database, { clock, bus: new InProcessBus() }); // no broker between
  }, 60_000);

  afterAll(async () => {
    await Promise.all([here, together, apart].map((process) => process?.close()));
    await database?.close();
  });

  const begun = async (user?: User, ttlMs?: number) => {
    const somebody = user ?? (await aUser(here));
    const session = await here.app.get(Sessions).begin({ user: somebody, issuer: 'local', ttlMs });
    return { user: somebody, session, actor: actorOf(somebody, session.id) };
  };
  const signalsFor = (actor: Actor, until = new AbortController().signal) =>
    Promise.all([here, together, apart].map(({ app }) => app.get(SessionWatch).alive(actor, until)));

  it('ends within a second on every process when the session ends, with or without a broker', async () => {
    const { session, actor } = await begun();
    const bystander = await begun();
    const signals = await signalsFor(actor);
    const others = await signalsFor(bystander.actor);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false]);
    await here.app.get(Sessions).end({ tenant: 'default', id: session.id });
    await expectAllToAbort(signals);
    expect(others.map(({ aborted }) => aborted)).toEqual([false, false, false]);
  });

  it('ends when the user is disabled, or loses a role that they came with', async () => {
    const [disabled, demoted] = [await begun(), await begun()];
    const signals = [await signalsFor(disabled.actor), await signalsFor(demoted.actor)];
    await here.app.get(Users).change('default', disabled.user.id, { disabled: true });
    await expectAllToAbort(signals[0] ?? []);
    await here.app.get(Users).change('default', demoted.user.id, { roles: ['readonly'] });
    await expectAllToAbort(signals[1] ?? []);
  });

  it('ends when the trust of the device falls, and goes on when it rises', async () => {
    const devices = here.app.get(Devices);
    const { user, session } = await begun();
    const { id } = await devices.enroll({ tenant: 'default', userId: user.id, name: 'd', jwk: {}, jkt: 'k' });
    const signals = await signalsFor(actorOf(user, session.id, { trust: 'verified', deviceId: id }));
    await devices.setTrust('default', id, 'trusted');
    const sentinel = await begun();
    const later = await signalsFor(sentinel.actor);
    await here.app.get(Sessions).end({ tenant: 'default', id: sentinel.session.id });
    await expectAllToAbort(later); // every process has looked since
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false]);
    await devices.setTrust('default', id, 'untrusted');
    await expectAllToAbort(signals);
  });

  it('ends when the time of the session is over, before anybody has swept it', async () => {
    const { actor } = await begun(undefined, 300);
    await expectAllToAbort(await signalsFor(actor));
    expect(await here.app.get(SessionEnds).expireSessions()).toContain(actor.sessionId);
  });

  it('is over before it began where the session had ended', async () => {
    const { session, actor } = await begun();
    await here.app.get(Sessions).end({ tenant: 'default', id: session.id });
    const signals = await signalsFor(actor);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });

  it('goes on for callers whose session is kept nowhere', async () => {
    const local = { ...(await begun()).actor, sessionId: 'default' };
    const signals = await signalsFor(local);
    const sentinel = await begun();
    const later = await signalsFor(sentinel.actor);
    await here.app.get(Sessions).end({ tenant: 'default', id: sentinel.session.id });
    await expectAllToAbort(later);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false]);
  });

  it('is looked at in one query, however many there are, and not at all when none is left', async () => {
    const fresh = await identityOver(database, { clock });
    const asked = vi.spyOn(fresh.app.get(IdentitySql), 'rows');
    const done = new AbortController();
    const sessions = await Promise.all([1, 2, 3, 4].map(() => begun()));
    const watch = fresh.app.get(SessionWatch);
    await Promise.all(sessions.map(({ actor }) => watch.alive(actor, done.signal)));
    expect(asked).toHaveBeenCalledTimes(4); // one look at each as it comes
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(5), 2_000);
    expect(asked.mock.lastCall?.[1]).toHaveLength(4);
    const cleared = vi.spyOn(globalThis, 'clearInterval');
    done.abort();
    expect(cleared).toHaveBeenCalled();
    cleared.mockRestore();
    await fresh.close();
  });
});
