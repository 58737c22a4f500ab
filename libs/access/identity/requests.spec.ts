import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '#contract';
import type { Database } from '#event-store';
import { Gate } from '../gate.service.js';
import type { GuardedCommand, GuardedQuery } from '../guarded.request.js';
import { ApproveDeviceCode } from './devices/approve-device-code.handler.js';
import { DeviceCodes } from './devices/device-codes.service.js';
import { EnrollDevice } from './devices/enroll-device.handler.js';
import { GetDeviceCode } from './devices/get-device-code.query.js';
import { ListDevices } from './devices/list-devices.query.js';
import { RevokeDevice } from './devices/revoke-device.handler.js';
import { TrustDevice } from './devices/trust-device.handler.js';
import { HandClock, aPassword, aUser, from, identityOver, openMemory, refusal } from './identity.contract.js';
import type { IdentityProcess } from './identity.contract.js';
import { CreateToken } from './machine-tokens/create-token.handler.js';
import { ListTokens } from './machine-tokens/list-tokens.query.js';
import { RevokeToken } from './machine-tokens/revoke-token.handler.js';
import { DeleteMemory } from './memory/delete-memory.handler.js';
import { GetMemory } from './memory/get-memory.query.js';
import { ListMemory } from './memory/list-memory.query.js';
import { PutMemory } from './memory/put-memory.handler.js';
import { Secret } from './secret.js';
import { Authenticator } from './sessions/authenticator.js';
import { CreateSession } from './sessions/create-session.handler.js';
import { EndSession } from './sessions/end-session.handler.js';
import { ListSessions } from './sessions/list-sessions.query.js';
import { Sessions } from './sessions/sessions.service.js';
import { SignIn } from './sign-in/sign-in.service.js';
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
import type { User } from './users/user.js';

const MISSING = '01890000-0000-7000-8000-000000000000';
const JWK = { kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43) } as const;

describe('what people ask about themselves and each other', () => {
  let database: Database;
  let identity: IdentityProcess;
  let gate: Gate;
  const clock = new HandClock();
  const inAMonth = new Date(clock.now().getTime() + 30 * 24 * 60 * 60_000).toISOString();

  type Person = Readonly<{ user: User; actor: Actor }>;
  let admin: Person;
  let manager: Person;
  let ada: Person;
  let bob: Person;
  let eve: Person;

  const actorOf = (user: User, sessionId: string, more: Partial<Actor> = {}): Actor => ({
    kind: 'user',
    id: user.id,
    userName: user.name,
    tenant: user.tenant,
    sessionId,
    roles: user.roles,
    trust: 'untrusted',
    issuer: 'local',
    ...more,
  });
  const arrive = async (roles: readonly string[], tenant = 'default'): Promise<Person> => {
    const user = await aUser(identity, { roles, tenant });
    const { id } = await identity.app.get(Sessions).begin({ user, issuer: 'local' });
    return { user, actor: actorOf(user, id) };
  };

  beforeAll(async () => {
    database = await openMemory();
    identity = await identityOver(database, { clock });
    identity.policies.set({ roles: { overseer: { permissions: ['session:manage'] } } });
    gate = identity.app.get(Gate);
    admin = await arrive(['admin']);
    manager = await arrive(['overseer']);
    ada = await arrive(['developer', 'readonly']);
    bob = await arrive(['developer']);
    eve = await arrive(['admin'], 'elsewhere');
  }, 60_000);

  afterAll(async () => {
    await identity?.close();
    await database?.close();
  });

  const ask = (
    { actor }: Person,
    request: GuardedCommand<unknown> | GuardedQuery<unknown>,
  ): Promise<unknown> => ('because' in request ? gate.execute(actor, request) : gate.query(actor, request));
  const lastRecord = async () => (await identity.audited()).at(-1);
  const machineOf = async (person: Person, more: object = {}) => {
    const made = await gate.execute(
      person.actor,
      new CreateToken({ name: 'm', expiresAt: inAMonth, ...more }),
    );
    const { id, roles, scope } = made;
    return {
      made,
      person: { ...person, actor: actorOf(person.user, id, { roles, scope, issuer: 'token' }) },
    };
  };

  it('is theirs alone: to others it does not exist, in the same words as what really does not', async () => {
    const device = await gate.execute(ada.actor, new EnrollDevice({ name: 'd', jwk: JWK }, 'jkt-a'));
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

  describe('sessions', () => {
    const knock = (accessToken: string) =>
      identity.app.get(Authenticator).authenticate({
        authorization: `Bearer ${accessToken}`,
        method: 'GET',
        url: 'https://mesh.example/',
        address: from.address,
        local: false,
      });

    it('are begun with at most the roles that the caller has now', async () => {
      const { session, tokens } = await gate.execute(
        ada.actor,
        new CreateSession({ roles: ['readonly'] }, from),
      );
      expect(session).toMatchObject({ userId: ada.user.id, roles: ['readonly'], issuer: 'local' });
      const narrowed = { ...ada, actor: await knock(tokens.accessToken) };
      expect(narrowed.actor.roles).toEqual(['readonly']);
      const wider = new CreateSession({ roles: ['developer'] }, from);
      expect(await refusal(ask(narrowed, wider))).toContain('access_denied: developer');
      const same = await gate.execute(
        narrowed.actor,
        new CreateSession({ ttlSeconds: 60, cancelOnEnd: true }, from),
      );
      expect(same.session).toMatchObject({ roles: ['readonly'], cancelOnEnd: true });
      expect(Date.parse(same.session.endsAt) - clock.now().getTime()).toBe(60_000);
    });

    it('give tokens that are bound to the key whose proof came with the request', async () => {
      const { tokens } = await gate.execute(ada.actor, new CreateSession({}, { ...from, key: 'k' }));
      expect(tokens.tokenType).toBe('DPoP');
    });

    it('are listed: one’s own, or everybody’s for who oversees them', async () => {
      const own = await gate.query(bob.actor, new ListSessions());
      expect(own.sessions.map(({ id }) => id)).toEqual([bob.actor.sessionId]);
      expect(await refusal(ask(bob, new ListSessions({ all: true })))).toContain('access_denied');
      expect(await refusal(ask(bob, new ListSessions({ userId: ada.user.id })))).toContain('access_denied');
      const all = await gate.query(manager.actor, new ListSessions({ all: true }));
      const ids = all.sessions.map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining([ada.actor.sessionId, bob.actor.sessionId]));
      expect(ids).not.toContain(eve.actor.sessionId);
      const hers = await gate.query(manager.actor, new ListSessions({ userId: ada.user.id }));
      expect(new Set(hers.sessions.map(({ userId }) => userId))).toEqual(new Set([ada.user.id]));
    });

    it('are ended by their user or who oversees them, once', async () => {
      for (const by of [ada, manager, admin]) {
        const { session, tokens } = await gate.execute(ada.actor, new CreateSession({}, from));
        await gate.execute(by.actor, new EndSession(session.id));
        expect(await refusal(knock(tokens.accessToken))).toContain('has ended');
        expect(await refusal(ask(by, new EndSession(session.id)))).toContain('illegal_transition');
      }
    });
  });

  it('has machine tokens do no more than their owner meant', async () => {
    const { person: machine, made } = await machineOf(ada, { scope: ['task:read'] });
    const { person: other, made: sibling } = await machineOf(ada);
    for (const request of [
      new CreateSession({}, from),
      new CreateToken({ name: 'x', expiresAt: inAMonth }),
      new EnrollDevice({ name: 'd', jwk: JWK }, 'jkt-m'),
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

  it('has devices enrolled by their user, raised by an admin, and revoked by either', async () => {
    const enroll = new EnrollDevice({ name: 'laptop', jwk: JWK }, 'jkt-b');
    const device = await gate.execute(bob.actor, enroll);
    expect(device).toMatchObject({ trust: 'verified', publicJwk: JWK, jkt: 'jkt-b' });
    expect(await gate.execute(bob.actor, new EnrollDevice({ name: 'again', jwk: JWK }, 'jkt-b'))).toEqual(
      device,
    );
    expect(await refusal(ask(bob, new TrustDevice(device.id, 'trusted')))).toContain('access_denied');
    expect(await gate.execute(admin.actor, new TrustDevice(device.id, 'untrusted'))).toMatchObject({
      trust: 'untrusted',
    });
    const repeated = await gate.execute(bob.actor, new EnrollDevice({ name: 'again', jwk: JWK }, 'jkt-b'));
    expect(repeated.trust).toBe('untrusted');
    expect(await refusal(ask(admin, new TrustDevice(device.id, 'sacred' as 'trusted')))).toContain(
      'invalid_request',
    );
    await gate.execute(bob.actor, new RevokeDevice(device.id));
    expect(await gate.query(bob.actor, new ListDevices())).toEqual([]);
    expect((await gate.query(admin.actor, new ListDevices(true))).map(({ userId }) => userId)).toContain(
      ada.user.id,
    );
  });

  it.each([
    ['a private key', { ...JWK, d: 'x'.repeat(43) }],
    ['a symmetric key', { kty: 'oct', k: 'x' }],
    ['a key of another curve', { ...JWK, crv: 'Ed448' }],
  ])('enrols no %s, and does not repeat it', async (_, jwk) => {
    const answer = await refusal(ask(ada, new EnrollDevice({ name: 'd', jwk: jwk as typeof JWK }, 'jkt')));
    expect(answer).toContain('invalid_request');
    expect(answer).not.toContain('x'.repeat(43));
  });

  it('lets a device in by its code', async () => {
    const codes = identity.app.get(DeviceCodes);
    const { deviceCode, userCode } = await codes.start({ client: 'tv' });
    expect(await gate.query(ada.actor, new GetDeviceCode(userCode))).toEqual({ client: 'tv' });
    expect(await gate.execute(ada.actor, new ApproveDeviceCode(userCode, true))).toEqual({ client: 'tv' });
    expect(await codes.poll(deviceCode, from)).toMatchObject({
      state: 'approved',
      tokens: { userId: ada.user.id },
    });
  });

  it('makes users with a password that the audit cannot be guessed from, or with a token to choose one', async () => {
    const [password, other] = [new Secret(aPassword()), new Secret(aPassword())];
    const { user, reset } = await gate.execute(
      admin.actor,
      new CreateUser({ name: 'grace', roles: ['ci'] }, password),
    );
    expect(reset).toBeUndefined();
    await identity.app.get(SignIn).local({ name: 'grace', password: password.reveal() }, from);
    const hashes = (await identity.audited()).filter(({ action }) => action === 'user.create');
    await refusal(ask(admin, new CreateUser({ name: 'grace', roles: ['ci'] }, other)));
    const after = (await identity.audited()).filter(({ action }) => action === 'user.create');
    expect(after).toHaveLength(hashes.length + 1);
    expect(after.at(-1)?.argumentsHash).toBe(hashes.at(-1)?.argumentsHash);
    expect(user).not.toHaveProperty('passwordHash');
    const without = await gate.execute(admin.actor, new CreateUser({ name: 'hal', roles: [] }));
    expect(without.reset?.token).toMatch(/^cc_pw_/);
    expect(JSON.stringify(await identity.audited())).not.toContain(without.reset?.token);
  });

  it('refuses roles that nobody knows, naming those there are', async () => {
    for (const request of [
      new CreateUser({ name: 'ghost', roles: ['developr'] }),
      new ChangeUser(bob.user.id, { roles: ['developr'] }),
      new SetUserRoles(bob.user.id, ['developr']),
    ]) {
      const error = await ask(admin, request).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'invalid_request',
        details: { field: 'roles', hint: expect.stringContaining('overseer') },
      });
    }
  });

  it('tells everybody their own roles, and has an admin change them', async () => {
    expect(await gate.query(bob.actor, new GetUserRoles(bob.user.id))).toEqual({ roles: ['developer'] });
    expect(await gate.execute(admin.actor, new SetUserRoles(bob.user.id, ['readonly', 'readonly']))).toEqual({
      roles: ['readonly'],
    });
    expect(await gate.query(admin.actor, new GetUser(bob.user.id))).toMatchObject({ roles: ['readonly'] });
    expect(await refusal(ask(admin, new SetUserRoles(admin.user.id, [])))).toContain('is the last admin');
    expect(await refusal(ask(admin, new ChangeUser(admin.user.id, { disabled: true })))).toContain(
      'is the last admin',
    );
  });

  it('has a disabled user lose everything at once', async () => {
    const gone = await arrive(['developer']);
    const { made } = await machineOf(gone);
    await gate.execute(admin.actor, new ChangeUser(gone.user.id, { disabled: true }));
    for (const id of [gone.actor.sessionId, made.id])
      expect(await identity.app.get(Sessions).find('default', id)).toMatchObject({
        endReason: 'user disabled',
      });
    expect(await refusal(ask(admin, new ResetPassword(gone.user.id)))).toContain('not_found');
  });

  it('makes tenants for operators, whose admins see nothing of others', async () => {
    const made = await gate.execute(admin.actor, new CreateTenant({ id: 'acme', admin: { name: 'root' } }));
    expect(made.tenant).toMatchObject({ id: 'acme', name: 'acme' });
    expect((await gate.query(admin.actor, new ListTenants())).map(({ id }) => id)).toContain('acme');
    const root = { user: made.admin, actor: actorOf(made.admin, 'none') };
    const { users } = await gate.query(root.actor, new ListUsers());
    expect(users.map(({ name }) => name)).toEqual(['root']);
    expect(await refusal(ask(root, new GetUser(ada.user.id)))).toContain('not_found');
    expect(await refusal(ask(admin, new CreateTenant({ id: 'a.b', admin: { name: 'root' } })))).toContain(
      'invalid_request',
    );
  });

  it('remembers for a session what it is told, and for no other of the same user', async () => {
    const place = ada.actor.sessionId;
    const { version } = await gate.execute(ada.actor, new PutMemory(place, 'k', { n: 1 }));
    expect(await gate.query(ada.actor, new GetMemory(place, 'k'))).toMatchObject({
      value: { n: 1 },
      version,
    });
    expect(await gate.query(ada.actor, new ListMemory(place))).toMatchObject([{ key: 'k', version }]);
    const { session } = await gate.execute(ada.actor, new CreateSession({}, from));
    const elsewhere = { ...ada, actor: { ...ada.actor, sessionId: session.id } };
    expect(await refusal(ask(elsewhere, new GetMemory(place, 'k')))).toContain('not_found');
    expect(await refusal(ask(ada, new PutMemory(place, 'k', 2, { ifMatch: version + 7 })))).toContain(
      'version_conflict',
    );
    for (const key of ['', 'x'.repeat(257)])
      expect(await refusal(ask(ada, new PutMemory(place, key, 1)))).toContain('invalid_request');
    await gate.execute(ada.actor, new DeleteMemory(place, 'k', { ifMatch: version }));
    expect(await gate.query(ada.actor, new ListMemory(place))).toEqual([]);
  });

  it('keeps nothing of callers who have no account', async () => {
    const local = {
      user: ada.user,
      actor: { ...ada.actor, id: 'root', roles: ['admin'], sessionId: 'default' },
    };
    for (const request of [
      new CreateSession({}, from),
      new CreateToken({ name: 'x', expiresAt: inAMonth }),
      new EnrollDevice({ name: 'd', jwk: JWK }, 'j'),
    ])
      expect(await refusal(ask(local, request))).toContain('unsupported: root has no account here');
    expect(await gate.query(local.actor, new ListSessions())).toEqual({ sessions: [] });
    expect(await gate.query(local.actor, new ListDevices())).toEqual([]);
    expect(await gate.query(local.actor, new ListTokens())).toEqual([]);
  });
});
