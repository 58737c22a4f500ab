import { describe, expect, it, vi } from 'vitest';
import type { Database } from '#event-store';
import { HandClock, aPassword, aUser, refusal, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { Sessions } from '../sessions/sessions.service.js';
import { Passwords } from '../passwords/passwords.service.js';
import { FirstAdmin } from './first-admin.service.js';
import { UserPasswords } from './user-passwords.service.js';
import { Users } from './users.service.js';

const of = async (asked: Promise<unknown>, id: string) => (await refusal(asked)).replace(id, '<id>');

describe.each(DATABASES)('users on %s', (_, open) => {
  let database: Database;
  let identity: IdentityProcess;
  let users: Users;
  const clock = new HandClock();

  identityBefore(
    open,
    (opened, on) => {
      identity = opened;
      database = on;
      users = identity.app.get(Users);
    },
    { clock },
  );

  const sessionOf = async (user: Awaited<ReturnType<typeof aUser>>) =>
    identity.app.get(Sessions).begin({ user, issuer: 'local' });

  it('begin with the first admin, made once however many try', async () => {
    const first = identity.app.get(FirstAdmin);
    const { token } = await first.issueToken();
    const later = await first.issueToken();
    const password = aPassword();
    expect(await refusal(first.createWith(token, 'root', password))).toContain('unauthenticated: the token');
    expect(await refusal(first.createWith(later.token, 'root', 'password1'))).toContain('invalid_request');
    const tried = await Promise.allSettled([
      first.createWith(later.token, 'root', password),
      first.createWith(later.token, 'toor', password),
      first.create('init', password),
      first.create('tini', password),
    ]);
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await users.count()).toBe(1);
    const { items } = await users.list('default', 10);
    expect(items).toMatchObject([{ tenant: 'default', roles: ['admin'], hasPassword: true }]);
    expect(await refusal(first.create('again', password))).toContain('access_denied');
    expect(await refusal(first.issueToken())).toContain('access_denied');
    expect(await refusal(users.change('default', items[0]?.id ?? '', { disabled: true }))).toContain(
      'is the last admin of default',
    );
  });

  it('begin with one admin also where several are made at the same moment', async () => {
    const hashed = vi.spyOn(identity.app.get(Passwords), 'hash').mockResolvedValue('no hash'); // so that all are at once
    for (let round = 0; round < 10; round++) {
      await database.dataSource.query('delete from app_user');
      const made = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((name) => identity.app.get(FirstAdmin).create(name, 'not asked')),
      );
      expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    hashed.mockRestore();
  });

  it('begin with an admin although somebody came by a provider before, under a name that is free', async () => {
    await database.dataSource.query('delete from app_user');
    const first = identity.app.get(FirstAdmin);
    await users.create('default', { name: 'early', roles: ['developer'] });
    await users.create('elsewhere', { name: 'boss', roles: ['admin'] });
    expect(await refusal(first.create('Early', aPassword()))).toContain('invalid_request');
    expect((await first.create('root', aPassword())).roles).toEqual(['admin']);
    expect(await refusal(first.create('toor', aPassword()))).toContain('there is an admin already');
    await database.dataSource.query('delete from app_user');
  });

  it('have names of their own in a tenant, whatever the case', async () => {
    await users.create('here', { name: 'Ada', roles: [] });
    expect(await refusal(users.create('here', { name: 'aDA', roles: [] }))).toContain(
      'invalid_request: name',
    );
    expect(await users.create('there', { name: 'ada', roles: [] })).toMatchObject({
      tenant: 'there',
      name: 'ada',
    });
    expect((await users.credentials('here', 'ADA'))?.user.name).toBe('Ada');
    const bob = await users.create('here', { name: 'bob', roles: [] });
    expect(await refusal(users.change('here', bob.id, { name: 'ADA' }))).toContain('invalid_request: name');
    expect(await users.change('here', bob.id, { name: 'BOB' })).toMatchObject({ name: 'BOB' });
  });

  it('are of one tenant: to another they do not exist', async () => {
    const user = await aUser(identity, { tenant: 'here' });
    const missing = '01890000-0000-7000-8000-000000000000';
    for (const ask of [
      (id: string) => users.get('there', id),
      (id: string) => users.change('there', id, { disabled: true }),
      (id: string) => identity.app.get(UserPasswords).startReset('there', id),
    ])
      expect(await of(ask(user.id), user.id)).toBe(await of(ask(missing), missing));
    expect(await users.get('here', user.id)).not.toHaveProperty('disabledAt');
    expect(await refusal(users.get('here', "'; drop table app_user"))).toContain('not_found');
  });

  it('are listed in pages, each once', async () => {
    for (let n = 0; n < 7; n++) {
      await aUser(identity, { tenant: 'many' });
      if (n % 2) clock.advance(1);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await users.list('many', 3, cursor);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    expect(await refusal(users.list('many', 3, 'made-up'))).toContain('invalid_request: cursor');
  });

  it('change in what is given, and keep the rest', async () => {
    const { id } = await users.create('here', { name: 'eve', roles: ['ci'], email: 'eve@example.org' });
    const changed = await users.change('here', id, { displayName: 'Eve', roles: ['developer'] });
    expect(changed).toMatchObject({ email: 'eve@example.org', displayName: 'Eve', roles: ['developer'] });
    expect(await users.change('here', id, { email: null, disabled: true })).not.toHaveProperty('email');
    expect(await users.get('here', id)).toMatchObject({ disabledAt: clock.now().toISOString() });
    expect(await users.change('here', id, { disabled: false })).not.toHaveProperty('disabledAt');
  });

  it('that are disabled lose their sessions, whose tasks are cancelled', async () => {
    const user = await aUser(identity);
    const session = await sessionOf(user);
    await users.change('default', user.id, { disabled: true });
    expect(await identity.app.get(Sessions).find('default', session.id)).toMatchObject({
      endReason: 'user disabled',
      cancelOnEnd: true,
    });
    expect(await refusal(sessionOf(user))).toContain('unauthenticated: the account is disabled');
  });

  it('never leave a tenant without an admin, also where two demote each other at once', async () => {
    for (let round = 0; round < 10; round++) {
      const tenant = `two${round}`;
      const admins = [
        await aUser(identity, { tenant, roles: ['admin'] }),
        await aUser(identity, { tenant, roles: ['admin'] }),
      ];
      const tried = await Promise.allSettled(
        admins.map(({ id }, n) => users.change(tenant, id, n ? { roles: [] } : { disabled: true })),
      );
      const refused = tried.filter((one) => one.status === 'rejected');
      expect(refused).toHaveLength(1);
      expect(refused[0]?.reason).toMatchObject({ message: expect.stringContaining('is the last admin') });
    }
  });
});
