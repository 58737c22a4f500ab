import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuardedCommand, GuardedQuery } from '../guarded.request.js';
import { ApproveDeviceCode } from './devices/approve-device-code.handler.js';
import { GetDeviceCode } from './devices/get-device-code.query.js';
import { ListDevices } from './devices/list-devices.query.js';
import { RevokeDevice } from './devices/revoke-device.handler.js';
import { TrustDevice } from './devices/trust-device.handler.js';
import { from, refusal } from './identity.contract.js';
import { MISSING, anEnrolment, peopleInMemory } from './people.contract.js';
import type { People } from './people.contract.js';
import { CreateToken } from './machine-tokens/create-token.handler.js';
import { ListTokens } from './machine-tokens/list-tokens.query.js';
import { RevokeToken } from './machine-tokens/revoke-token.handler.js';
import { DeleteMemory } from './memory/delete-memory.handler.js';
import { GetMemory } from './memory/get-memory.query.js';
import { ListMemory } from './memory/list-memory.query.js';
import { PutMemory } from './memory/put-memory.handler.js';
import { CreateSession } from './sessions/create-session.handler.js';
import { EndSession } from './sessions/end-session.handler.js';
import { ListSessions } from './sessions/list-sessions.query.js';
import { CreateTenant } from './tenants/create-tenant.handler.js';
import { GetLimits } from './tenants/get-limits.query.js';
import { ListTenants } from './tenants/list-tenants.query.js';
import { SetLimits } from './tenants/set-limits.handler.js';
import { ChangeUser } from './users/change-user.handler.js';
import { CreateUser } from './users/create-user.handler.js';
import { GetUserRoles } from './users/get-user-roles.query.js';
import { GetUser } from './users/get-user.query.js';
import { ListUsers } from './users/list-users.query.js';
import { ResetPassword } from './users/reset-password.handler.js';
import { SetUserRoles } from './users/set-user-roles.handler.js';

describe('what people ask about themselves and each other', () => {
  let people: People;

  beforeAll(async () => {
    people = await peopleInMemory();
  }, 60_000);

  afterAll(() => people?.close());

  it('is theirs alone: to others it does not exist, in the same words as what really does not', async () => {
    const { gate, admin, manager, ada, bob, eve, ask, machineOf } = people;
    const device = await gate.execute(ada.actor, await anEnrolment());
    const token = (await machineOf(ada)).made;
    const session = ada.actor.sessionId;
    const cases: readonly (readonly [
      string,
      (id: string) => GuardedCommand<unknown> | GuardedQuery<unknown>,
    ])[] = [
      [session, (id) => new EndSession(id)],
      [session, (id) => new GetMemory(id, 'k')],
      [session, (id) => new ListMemory(id)],
      [session, (id) => new PutMemory(id, 'k', 1)],
      [session, (id) => new DeleteMemory(id, 'k')],
      [device.id, (id) => new RevokeDevice(id)],
      [device.id, (id) => new TrustDevice(id, 'trusted')],
      [token.id, (id) => new RevokeToken(id)],
      [ada.user.id, (id) => new GetUser(id)],
      [ada.user.id, (id) => new ChangeUser(id, { disabled: true })],
      [ada.user.id, (id) => new GetUserRoles(id)],
      [ada.user.id, (id) => new SetUserRoles(id, [])],
      [ada.user.id, (id) => new ResetPassword(id)],
    ];
    for (const [id, request] of cases)
      for (const stranger of [bob, eve]) {
        const answer = (await refusal(ask(stranger, request(id)))).replace(id, '<id>');
        const missing = (await refusal(ask(stranger, request(MISSING)))).replace(MISSING, '<id>');
        expect(answer).toMatch(/^not_found: /);
        expect(answer).toBe(missing);
      }
    for (const request of [new GetMemory(session, 'k'), new PutMemory(session, 'k', 1)])
      for (const overseer of [admin, manager])
        expect(await refusal(ask(overseer, request))).toContain('not_found');
  });

  it('takes an admin where it is about the place', async () => {
    const { ada, eve, ask } = people;
    for (const request of [
      new CreateUser({ name: 'x', roles: [] }),
      new ListUsers(),
      new CreateTenant({ id: 'x', admin: { name: 'x' } }),
      new ListTenants(),
      new GetLimits(),
      new SetLimits({}),
      new ListDevices(true),
      new ListTokens(true),
      new GetUser(ada.user.id),
      new SetUserRoles(ada.user.id, ['admin']),
    ])
      expect(await refusal(ask(ada, request))).toContain('access_denied');
    expect(await refusal(ask(eve, new CreateTenant({ id: 'x', admin: { name: 'x' } })))).toContain(
      'access_denied',
    );
    expect(await refusal(ask(eve, new ListTenants()))).toContain('access_denied');
  });

  it('is recorded before it happens, denied or allowed', async () => {
    const { identity, gate, admin, ada, ask } = people;
    const lastRecord = async () => (await identity.audited()).at(-1);
    await refusal(ask(ada, new ListUsers()));
    expect(await lastRecord()).toMatchObject({ action: 'user.list', userId: ada.user.id, result: 'denied' });
    await gate.execute(admin.actor, new SetLimits({ requestsPerMinute: 100_000 }, 0));
    expect(await lastRecord()).toMatchObject({
      action: 'limits.change',
      userId: admin.user.id,
      result: 'allowed',
    });
    expect(await refusal(ask(admin, new SetLimits({}, 0)))).toContain('version_conflict');
    expect(await lastRecord()).toMatchObject({ action: 'limits.change', result: 'refused' });
    expect(await gate.query(admin.actor, new GetLimits())).toEqual({
      limits: { requestsPerMinute: 100_000 },
      version: 1,
    });
  });

  it('has machine tokens do no more than their owner meant', async () => {
    const { gate, ada, ask, machineOf, inAMonth } = people;
    const { person: machine, made } = await machineOf(ada, { scope: ['task:read'] });
    const { person: other, made: sibling } = await machineOf(ada);
    for (const request of [
      new CreateSession({}, from),
      new CreateToken({ name: 'x', expiresAt: inAMonth }),
      await anEnrolment(),
      new ApproveDeviceCode('BCDF-GHJK', true),
      new GetDeviceCode('BCDF-GHJK'),
      new EndSession(ada.actor.sessionId),
      new RevokeToken(sibling.id),
    ])
      expect(await refusal(ask(machine, request))).toContain('access_denied: a machine token cannot');
    await gate.execute(machine.actor, new RevokeToken(made.id));
    await gate.execute(other.actor, new EndSession(sibling.id));
    const left = (await gate.query(ada.actor, new ListTokens())).map(({ id }) => id);
    expect(left).not.toContain(made.id);
    expect(left).not.toContain(sibling.id);
  });

  it('gives machine tokens no role that the asking session lacks', async () => {
    const { admin, ada, ask, machineOf, inAMonth } = people;
    const narrowed = { ...ada, actor: { ...ada.actor, roles: ['readonly'] } };
    expect(
      await refusal(ask(narrowed, new CreateToken({ name: 'x', roles: ['developer'], expiresAt: inAMonth }))),
    ).toContain('access_denied');
    expect((await machineOf(narrowed)).made.roles).toEqual(['readonly']);
    expect(
      await refusal(ask(admin, new CreateToken({ name: 'x', roles: ['admin'], expiresAt: inAMonth }))),
    ).toContain('never admin');
    expect((await machineOf(admin)).made.roles).toEqual([]);
  });

  it('keeps nothing of callers who have no account', async () => {
    const { gate, ada, ask, inAMonth } = people;
    const local = {
      user: ada.user,
      actor: { ...ada.actor, id: 'root', roles: ['admin'], sessionId: 'default' },
    };
    for (const request of [
      new CreateSession({}, from),
      new CreateToken({ name: 'x', expiresAt: inAMonth }),
      await anEnrolment(),
    ])
      expect(await refusal(ask(local, request))).toContain('unsupported: root has no account here');
    expect(await gate.query(local.actor, new ListSessions())).toEqual({ sessions: [] });
    expect(await gate.query(local.actor, new ListDevices())).toEqual([]);
    expect(await gate.query(local.actor, new ListTokens())).toEqual([]);
  });
});
