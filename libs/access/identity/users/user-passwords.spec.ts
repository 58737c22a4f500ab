import { describe, expect, it } from 'vitest';
import type { Database } from '#event-store';
import { HandClock, aPassword, aUser, refusal, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { Passwords } from '../passwords/passwords.service.js';
import { Sessions } from '../sessions/sessions.service.js';
import { UserPasswords } from './user-passwords.service.js';
import { Users } from './users.service.js';

describe.each(DATABASES)('passwords of users on %s', (_, open) => {
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
  const endOf = async (sessionId: string) =>
    (await identity.app.get(Sessions).find('default', sessionId))?.endReason;

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
});
