import { hash } from '@node-rs/argon2';
import { describe, expect, it, vi } from 'vitest';
import type { Database } from '#event-store';
import { Devices } from '../devices/devices.service.js';
import {
  knock,
  HandClock,
  aPassword,
  aUser,
  from,
  refusal,
  DATABASES,
  identityBefore,
} from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { IdentitySql } from '../identity-sql.service.js';
import { Passwords } from '../passwords/passwords.service.js';
import { Sessions } from '../sessions/sessions.service.js';
import { newToken } from '../tokens.js';
import { FirstAdmin } from '../users/first-admin.service.js';
import { Users } from '../users/users.service.js';
import { OneTimeSignIn } from './one-time-sign-in.service.js';
import { SignIn } from './sign-in.service.js';

describe.each(DATABASES)('signing in, on %s,', (_, open) => {
  let database: Database;
  let identity: IdentityProcess;
  let signIn: SignIn;
  const clock = new HandClock();

  identityBefore(
    open,
    (opened, on) => {
      identity = opened;
      database = on;
      signIn = identity.app.get(SignIn);
    },
    { clock },
  );

  const recordsOf = async (userId: string) =>
    (await identity.audited()).filter((entry) => entry.userId === userId);
  const somebody = async () => {
    const password = aPassword();
    return { user: await aUser(identity, { password }), password };
  };

  it('begins with the one-time token that the server prints, and with nothing else', async () => {
    const setup = identity.app.get(OneTimeSignIn);
    const password = aPassword();
    expect(await refusal(setup.setup(newToken('setup'), 'root', password, from))).toContain(
      'unauthenticated',
    );
    const { token } = await identity.app.get(FirstAdmin).issueToken();
    const admin = await setup.setup(token, 'root', password, from);
    expect(admin).toMatchObject({ roles: ['admin'], tenant: 'default' });
    expect(await refusal(setup.setup(token, 'toor', password, from))).toContain('unauthenticated');
    await signIn.local({ name: 'root', password }, from);
    const setups = (await identity.audited()).filter(({ action }) => action === 'auth.setup');
    expect(setups.map(({ result }) => result)).toEqual(['allowed']);
  });

  it('by name and password gives tokens of a new session, and is recorded first', async () => {
    const { user, password } = await somebody();
    const signedIn = await signIn.local({ name: user.name.toUpperCase(), password }, from);
    expect(await knock(identity, signedIn.accessToken)).toMatchObject({
      id: user.id,
      issuer: 'local',
      trust: 'untrusted',
    });
    expect(await recordsOf(user.id)).toMatchObject([
      {
        action: 'auth.local',
        userName: user.name,
        issuer: 'local',
        sessionId: signedIn.sessionId,
        address: from.address,
        resourceType: 'session',
        resourceId: signedIn.sessionId,
        result: 'allowed',
      },
    ]);
  });

  it('changes nothing if it cannot be recorded', async () => {
    const { user, password } = await somebody();
    vi.spyOn(identity.store, 'record').mockRejectedValueOnce(new Error('the log is away'));
    expect(await refusal(signIn.local({ name: user.name, password }, from))).toContain('the log is away');
    const { items } = await identity.app.get(Sessions).list('default', { userId: user.id, limit: 10 });
    expect(items).toEqual([]);
  });

  it('is refused with the same words for a wrong password, name or tenant; the audit knows which', async () => {
    const { user, password } = await somebody();
    const unlinked = await aUser(identity);
    const answers = await Promise.all([
      refusal(signIn.local({ name: user.name, password: 'wrong password' }, from)),
      refusal(signIn.local({ name: 'nobody', password }, from)),
      refusal(signIn.local({ name: unlinked.name, password }, from)),
      refusal(signIn.local({ name: user.name, password, tenant: 'other' }, from)),
    ]);
    expect(new Set(answers)).toEqual(new Set(['unauthenticated: the name or the password is wrong']));
    const denied = (await identity.audited()).filter(({ result }) => result === 'denied');
    const reasons = denied.map(({ reason }) => reason);
    expect(reasons).toEqual(
      expect.arrayContaining(['wrong password', 'no such user', 'the user has no password']),
    );
    expect(JSON.stringify(denied)).not.toContain('nobody'); // it may be a password, typed in the wrong place
  });

  it('does the same work whether the user exists or not', async () => {
    const { user } = await somebody();
    const compared = vi.spyOn(identity.app.get(Passwords), 'matches');
    const asked = vi.spyOn(identity.app.get(IdentitySql), 'rows');
    const work = async (name: string) => {
      asked.mockClear();
      compared.mockClear();
      await signIn.local({ name, password: 'wrong password' }, from).catch(() => undefined);
      return [compared.mock.calls.length, asked.mock.calls.map(([text]) => text)];
    };
    expect(await work(user.name)).toEqual(await work('nobody-at-all'));
    vi.restoreAllMocks();
  });

  it('is refused to who is disabled, who learns so only with the right password', async () => {
    const { user, password } = await somebody();
    await identity.app.get(Users).change('default', user.id, { disabled: true });
    expect(await refusal(signIn.local({ name: user.name, password: 'wrong password' }, from))).toContain(
      'is wrong',
    );
    expect(await refusal(signIn.local({ name: user.name, password }, from))).toContain(
      'the account is disabled',
    );
    expect((await recordsOf(user.id)).map(({ reason }) => reason)).toEqual([
      'wrong password',
      'the account is disabled',
    ]);
  });

  it('stores a password of an older cost anew', async () => {
    const { user, password } = await somebody();
    const old = await hash(password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await database.dataSource.query('update app_user set password_hash = $1 where id = $2', [old, user.id]);
    await signIn.local({ name: user.name, password }, from);
    const stored = (await identity.app.get(Users).credentials('default', user.name))?.passwordHash ?? '';
    expect(identity.app.get(Passwords).isOutdated(stored)).toBe(false);
    await signIn.local({ name: user.name, password }, from);
  });

  it('forgets the failures before it, and the blocked hear how long to wait', async () => {
    const { user, password } = await somebody();
    const wrong = () => refusal(signIn.local({ name: user.name, password: 'wrong password' }, from));
    for (let n = 0; n < 4; n++) await wrong();
    await signIn.local({ name: user.name, password }, from);
    for (let n = 0; n < 5; n++) expect(await wrong()).toContain('unauthenticated');
    const blocked = await signIn.local({ name: user.name, password }, from).catch((error: unknown) => error);
    expect(blocked).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 1 } });
    clock.advance(1_000);
    await signIn.local({ name: user.name, password }, from);
  });

  it('with an enrolled key is from that device, and its tokens are bound to the key', async () => {
    const { user, password } = await somebody();
    const device = await identity.app
      .get(Devices)
      .enroll({ tenant: 'default', userId: user.id, name: 'd', jwk: {}, jkt: 'key-1' });
    const signedIn = await signIn.local({ name: user.name, password }, { ...from, key: 'key-1' });
    expect(signedIn.tokenType).toBe('DPoP');
    const session = await identity.app.get(Sessions).find('default', signedIn.sessionId);
    expect(session?.deviceId).toBe(device.id);
    expect(await recordsOf(user.id)).toMatchObject([{ deviceId: device.id, trust: 'verified' }]);
  });

  it('resumes a session that is asked for, and records a refusal', async () => {
    const { user, password } = await somebody();
    const first = await signIn.local({ name: user.name, password }, from);
    const again = await signIn.local({ name: user.name, password, resume: first.sessionId }, from);
    expect(again.sessionId).toBe(first.sessionId);
    expect(await knock(identity, first.accessToken)).toMatchObject({ sessionId: first.sessionId });
    expect(await refusal(signIn.local({ name: user.name, password, resume: 'other' }, from))).toContain(
      'not_found',
    );
    expect((await recordsOf(user.id)).at(-1)).toMatchObject({ sessionId: 'other', result: 'refused' });
  });

  it('is refused where the policy names other ways to come in', async () => {
    const { user, password } = await somebody();
    identity.policies.set({ identity: { providers: ['oidc'] } });
    expect(await refusal(signIn.local({ name: user.name, password }, from))).toContain('access_denied');
    const profile = { issuer: 'https://id.example', subject: 's' };
    const asked = { profile, tenant: 'default', defaultRoles: [] };
    expect(await refusal(signIn.byProfile({ kind: 'github', ...asked }, from))).toContain('access_denied');
    await signIn.byProfile({ kind: 'oidc', ...asked }, from);
    identity.policies.set({});
    const denials = (await identity.audited()).filter(({ reason }) => reason.includes('sign in by'));
    expect(denials.map(({ action }) => action)).toEqual(['auth.local', 'auth.github']);
  });
});
