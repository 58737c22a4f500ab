import { describe, expect, it } from 'vitest';
import { HandClock, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { nameFrom } from './free-name.js';
import { IdentityLinks } from './identity-links.service.js';
import { userNameSchema } from './user.js';
import { Users } from './users.service.js';

const profile = (subject: string, more: object = {}) => ({
  issuer: 'https://id.example',
  subject,
  ...more,
});

describe.each(DATABASES)('users who sign in elsewhere, on %s,', (_, open) => {
  let identity: IdentityProcess;
  let users: Users;
  const clock = new HandClock();

  identityBefore(
    open,
    (opened) => {
      identity = opened;
      users = identity.app.get(Users);
    },
    { clock },
  );

  const where = { tenant: 'default', defaultRoles: ['readonly'] };

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
