import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '#event-store';
import {
  HandClock,
  aPassword,
  aUser,
  identityOver,
  openMemory,
  openPostgres,
  refusal,
} from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { Passwords } from '../passwords/passwords.service.js';
import { Sessions } from '../sessions/sessions.service.js';
import { FirstAdmin } from './first-admin.service.js';
import { nameFrom } from './free-name.js';
import { IdentityLinks } from './identity-links.service.js';
import { UserPasswords } from './user-passwords.service.js';
import { userNameSchema } from './user.js';
import { Users } from './users.service.js';

describe.each([
  ['PGlite', openMemory],
  ['Postgres', openPostgres],
])('users on %s', (_, open) => {
  let database: Database;
  let identity: IdentityProcess;
  let users: Users;
  const clock = new HandClock();

  beforeAll(async () => {
    database = await open();
    identity = await identityOver(database, { clock });
    users = identity.app.get(Users);
  }, 60_000);

  afterAll(async () => {
    await identity?.close();
    await database?.close();
  });

  const sessionOf = async (user: Awaited<ReturnType<typeof aUser>>) =>
    identity.app.get(Sessions).begin({ user, issuer: 'local' });
  const endOf = async (sessionId: string) =>
    (await identity.app.get(Sessions).find('default', sessionId))?.endReason;

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
    const of = async (asked: Promise<unknown>, id: string) => (await refusal(asked)).replace(id, '<id>');
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

  it('get a new password by a one-time token, and all their sessions end', async () => {
    const passwords = identity.app.get(UserPasswords);
    const password = aPassword();
    const user = await aUser(identity, { password });
    const session = await sessionOf(user);
    const old = await passwords.startReset('default', user.id);
    const { token, expiresAt } = await passwords.startReset('default', user.id);
    expect(Date.parse(expiresAt) - clock.now().getTime()).toBe(30 * 60_000);
    const next = aPassword();
    expect(await refusal(passwords.reset(old.token, next))).toContain('unauthenticated');
    expect(await refusal(passwords.reset(token, 'password1'))).toContain('invalid_request: password');
    expect(await endOf(session.id)).toBeUndefined();
    const tried = await Promise.allSettled([passwords.reset(token, next), passwords.reset(token, next)]);
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await endOf(session.id)).toBe('password changed');
    const stored = (await users.credentials('default', user.name))?.passwordHash ?? '';
    expect(await identity.app.get(Passwords).matches(next, stored)).toBe(true);
    const late = await passwords.startReset('default', user.id);
    clock.advance(30 * 60_000);
    expect(await refusal(passwords.reset(late.token, aPassword()))).toContain('unauthenticated');
  });

  it('keep the session they change their password in, if they want', async () => {
    const user = await aUser(identity, { password: aPassword() });
    const [kept, other] = [await sessionOf(user), await sessionOf(user)];
    await identity.app.get(UserPasswords).set(user, aPassword(), kept.id);
    expect([await endOf(kept.id), await endOf(other.id)]).toEqual([undefined, 'password changed']);
  });

  it('have no password in any table but as a hash, and no token either', async () => {
    const password = aPassword();
    const user = await aUser(identity, { password });
    const { token } = await identity.app.get(UserPasswords).startReset('default', user.id);
    const tables = await Promise.all(
      ['app_user', 'one_time_token'].map((table) => database.dataSource.query(`select * from ${table}`)),
    );
    const stored = JSON.stringify(tables);
    expect(stored).toContain('$argon2id$');
    for (const secret of [password, token]) expect(stored).not.toContain(secret);
  });

  describe('who sign in elsewhere', () => {
    const where = { tenant: 'default', defaultRoles: ['readonly'] };
    const profile = (subject: string, more: object = {}) => ({
      issuer: 'https://id.example',
      subject,
      ...more,
    });

    it('are known by issuer and subject, whatever they are called, and made once', async () => {
      const links = identity.app.get(IdentityLinks);
      const asked = profile('1', { name: 'Grace Hopper', email: 'grace@example.org' });
      const made = await Promise.all([1, 2, 3, 4].map(() => links.userOf(asked, where)));
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      expect(made[0]).toMatchObject({ name: 'Grace-Hopper', roles: ['readonly'], hasPassword: false });
      const later = await links.userOf(profile('1', { name: 'G' }), { ...where, defaultRoles: ['admin'] });
      expect(later).toMatchObject({ id: made[0]?.id, roles: ['readonly'] });
    });

    it('are never taken for somebody with the same email or name', async () => {
      const links = identity.app.get(IdentityLinks);
      const local = await users.create('default', {
        name: 'lin',
        roles: ['admin'],
        email: 'lin@example.org',
      });
      const same = { name: 'lin', email: 'lin@example.org' };
      const one = await links.userOf(profile('2', same), where);
      const two = await links.userOf({ ...profile('2', same), issuer: 'https://other.example' }, where);
      expect(new Set([local.id, one.id, two.id]).size).toBe(3);
      expect([one.name, two.name]).toEqual(['lin-2', 'lin-3']);
      expect([one.roles, two.roles]).toEqual([['readonly'], ['readonly']]);
    });

    it('are other people in another tenant', async () => {
      const links = identity.app.get(IdentityLinks);
      const here = await links.userOf(profile('3'), where);
      const there = await links.userOf(profile('3'), { ...where, tenant: 'there' });
      expect(there.id).not.toBe(here.id);
    });

    it('have the roles that a rule says now, if it is a rule that lets them in', async () => {
      const links = identity.app.get(IdentityLinks);
      const subject = profile('repo:x');
      const before = await links.ruled(subject, {
        name: 'ci-x',
        tenant: 'default',
        roles: ['ci', 'developer'],
      });
      const after = await links.ruled(subject, { name: 'ci-x', tenant: 'default', roles: ['ci'] });
      expect(after).toMatchObject({ id: before.id, roles: ['ci'] });
      expect(await users.get('default', before.id)).toMatchObject({ roles: ['ci'] });
    });
  });
});

describe('a name', () => {
  it.each(['', 'a b', 'é', 'x'.repeat(129), '../etc', '01890000-0000-7000-8000-000000000000'])(
    'cannot be "%s"',
    (name) => {
      expect(userNameSchema.safeParse(name).success).toBe(false);
    },
  );

  it.each([
    [{ name: 'Zoë Müller' }, 'Zoe-Muller'],
    [{ email: 'zoe@example.org' }, 'zoe'],
    [{ name: '李', displayName: 'Li' }, 'Li'],
    [{ name: '  ' }, 'sub'],
    [{ name: 'x'.repeat(500) }, 'x'.repeat(100)],
  ])('of somebody called %j becomes %s', (called, name) => {
    expect(nameFrom({ issuer: 'i', subject: 'sub', ...called })).toBe(name);
    expect(userNameSchema.safeParse(name).success).toBe(true);
  });
});
