import { describe, expect, it } from 'vitest';
import { knock, HandClock, from, refusal, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { SessionEnds } from '../sessions/session-ends.service.js';
import { Users } from '../users/users.service.js';
import { SignIn } from './sign-in.service.js';

const clock = new HandClock();

const job = (expiresInMs: number, more: object = {}) => ({
  issuer: 'https://token.actions.example',
  subject: 'repo:acme/app',
  rule: 'main',
  tenant: 'default',
  roles: ['ci'],
  expiresAt: new Date(clock.now().getTime() + expiresInMs),
  ...more,
});

describe.each(DATABASES)('signing in elsewhere, on %s,', (_, open) => {
  let identity: IdentityProcess;
  let signIn: SignIn;

  identityBefore(
    open,
    (opened) => {
      identity = opened;
      signIn = identity.app.get(SignIn);
    },
    { clock },
  );

  const recordsOf = async (userId: string) =>
    (await identity.audited()).filter((entry) => entry.userId === userId);

  it('by a provider makes a user of somebody new, recorded as such, and knows them again', async () => {
    const asked = {
      kind: 'google' as const,
      profile: { issuer: 'https://accounts.google.com', subject: '42', name: 'Ada' },
      tenant: 'default',
      defaultRoles: ['readonly'],
    };
    const first = await signIn.byProfile(asked, from);
    const second = await signIn.byProfile(asked, from);
    expect(second.userId).toBe(first.userId);
    expect(second.sessionId).not.toBe(first.sessionId);
    expect(await knock(identity, second.accessToken)).toMatchObject({
      issuer: 'https://accounts.google.com',
      roles: ['readonly'],
    });
    expect((await recordsOf(first.userId)).map(({ action }) => action)).toEqual([
      'auth.google',
      'auth.google',
    ]);
    const made = (await identity.audited()).filter(({ action }) => action === 'user.create');
    expect(made.filter(({ issuer }) => issuer === 'https://accounts.google.com')).toHaveLength(1);
  });

  describe('as a CI job', () => {
    it('lasts a quarter of an hour at most, cannot be prolonged, and takes its tasks with it', async () => {
      const long = await signIn.byCiJob(job(60 * 60_000), from);
      const short = await signIn.byCiJob(job(60_000), from);
      expect([long.expiresIn, short.expiresIn]).toEqual([900, 60]);
      expect(long).not.toHaveProperty('refreshToken');
      expect(await knock(identity, long.accessToken)).toMatchObject({ roles: ['ci'] });
      clock.advance(60_000);
      expect(await identity.app.get(SessionEnds).expireSessions()).toContain(short.sessionId);
      const waiting = await identity.app.get(SessionEnds).toCancel();
      expect(waiting.map(({ sessionId }) => sessionId)).toContain(short.sessionId);
      expect(await refusal(knock(identity, short.accessToken))).toContain('has ended (expired)');
      expect(await refusal(signIn.byCiJob(job(0), from))).toContain('unauthenticated');
    });

    it('has the roles of its rule now, and another user for another rule', async () => {
      const before = await signIn.byCiJob(job(600_000, { roles: ['ci', 'developer'] }), from);
      const after = await signIn.byCiJob(job(600_000), from);
      const other = await signIn.byCiJob(job(600_000, { rule: 'other', roles: ['developer'] }), from);
      expect(after.userId).toBe(before.userId);
      expect(other.userId).not.toBe(before.userId);
      expect(await knock(identity, before.accessToken)).toMatchObject({ roles: ['ci'] });
      expect(await knock(identity, other.accessToken)).toMatchObject({ roles: ['developer'] });
    });

    it('is refused to a rule whose user was disabled', async () => {
      const { userId } = await signIn.byCiJob(job(600_000, { rule: 'gone' }), from);
      await identity.app.get(Users).change('default', userId, { disabled: true });
      expect(await refusal(signIn.byCiJob(job(600_000, { rule: 'gone' }), from))).toContain('disabled');
    });
  });
});
