import { describe, expect, it } from 'vitest';
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
import { newToken } from '../tokens.js';
import { UserPasswords } from '../users/user-passwords.service.js';
import { OneTimeSignIn } from './one-time-sign-in.service.js';
import { SessionRenewal } from './session-renewal.service.js';
import { SignIn } from './sign-in.service.js';

describe.each(DATABASES)('being signed in, on %s,', (_, open) => {
  let identity: IdentityProcess;
  let signIn: SignIn;
  let renewal: SessionRenewal;
  const clock = new HandClock();

  identityBefore(
    open,
    (opened) => {
      identity = opened;
      signIn = identity.app.get(SignIn);
      renewal = identity.app.get(SessionRenewal);
    },
    { clock },
  );

  const recordsOf = async (userId: string) =>
    (await identity.audited()).filter((entry) => entry.userId === userId);
  const somebody = async () => {
    const password = aPassword();
    return { user: await aUser(identity, { password }), password };
  };

  it('goes on by refresh tokens, each of which is good once; all of it is recorded', async () => {
    const { user, password } = await somebody();
    const { refreshToken = '', sessionId } = await signIn.local({ name: user.name, password }, from);
    const next = await renewal.refresh(refreshToken, from);
    expect(next.sessionId).toBe(sessionId);
    expect(await refusal(renewal.refresh(refreshToken, from))).toContain('was used before');
    expect(await refusal(knock(identity, next.accessToken))).toContain('has ended (token reuse)');
    const records = (await recordsOf(user.id)).map(({ action, result }) => `${action} ${result}`);
    expect(records).toEqual([
      'auth.local allowed',
      'auth.refresh allowed',
      'auth.refresh allowed',
      'auth.refresh refused',
    ]);
    expect(await refusal(renewal.refresh(newToken('refresh'), from))).toContain('unknown');
    expect(await refusal(renewal.refresh('nonsense', from))).toContain('unknown');
  });

  it('ends by signing out, which is recorded', async () => {
    const { user, password } = await somebody();
    const { accessToken, refreshToken = '' } = await signIn.local({ name: user.name, password }, from);
    await renewal.logout(await knock(identity, accessToken), from);
    expect(await refusal(knock(identity, accessToken))).toContain('has ended (logged out)');
    expect(await refusal(renewal.refresh(refreshToken, from))).toContain('has ended');
    expect((await recordsOf(user.id)).map(({ action }) => action)).toContain('auth.logout');
  });

  it('works again at once for who set a new password, however often somebody guessed before', async () => {
    const { user } = await somebody();
    for (let n = 0; n < 6; n++)
      await signIn.local({ name: user.name, password: 'wrong password' }, from).catch(() => undefined);
    const { token } = await identity.app.get(UserPasswords).startReset('default', user.id);
    const password = aPassword();
    await identity.app.get(OneTimeSignIn).resetPassword(token, password, from);
    await signIn.local({ name: user.name, password }, from);
    expect((await recordsOf(user.id)).map(({ action }) => action)).toContain('auth.reset');
  });

  it('leaves no password and no token in the audit', async () => {
    const { user, password } = await somebody();
    const { accessToken, refreshToken = '' } = await signIn.local({ name: user.name, password }, from);
    const next = await renewal.refresh(refreshToken, from);
    await renewal.refresh(refreshToken, from).catch(() => undefined);
    const audited = JSON.stringify(await identity.audited());
    for (const secret of [password, accessToken, refreshToken, next.accessToken, next.refreshToken])
      expect(audited).not.toContain(secret);
  });
});
