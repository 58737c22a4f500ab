import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPassword, actorOf, from, refusal } from './identity.contract.js';
import { peopleInMemory } from './people.contract.js';
import type { People } from './people.contract.js';
import { Secret } from './secret.js';
import { Sessions } from './sessions/sessions.service.js';
import { SignIn } from './sign-in/sign-in.service.js';
import { CreateTenant } from './tenants/create-tenant.handler.js';
import { ListTenants } from './tenants/list-tenants.query.js';
import { ChangeUser } from './users/change-user.handler.js';
import { CreateUser } from './users/create-user.handler.js';
import { GetUserRoles } from './users/get-user-roles.query.js';
import { GetUser } from './users/get-user.query.js';
import { ListUsers } from './users/list-users.query.js';
import { ResetPassword } from './users/reset-password.handler.js';
import { SetUserRoles } from './users/set-user-roles.handler.js';

describe('what admins ask about people and tenants', () => {
  let people: People;

  beforeAll(async () => {
    people = await peopleInMemory();
  }, 60_000);

  afterAll(() => people?.close());

  it('makes users with a password that the audit cannot be guessed from, or with a token to choose one', async () => {
    const { identity, gate, admin, ask } = people;
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
    const { admin, bob, ask } = people;
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
    const { gate, admin, bob, ask } = people;
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
    const { identity, gate, admin, arrive, ask, machineOf } = people;
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
    const { gate, admin, ada, ask } = people;
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
});
