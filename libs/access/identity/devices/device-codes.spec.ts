import { describe, expect, it } from 'vitest';
import type { Database } from '#event-store';
import { HandClock, aUser, from, refusal, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { Authenticator } from '../sessions/authenticator.js';
import type { User } from '../users/user.js';
import { Users } from '../users/users.service.js';
import { DeviceCodes } from './device-codes.service.js';
import { newUserCode, userCodeOf } from './user-code.js';

let addresses = 0;

/** From where nobody else asks. */
const anAddress = (): string => `198.51.100.${++addresses}`;

const by = ({ tenant, id, roles }: User) => ({ tenant, userId: id, issuer: 'https://id.example', roles });

describe('a code to type', () => {
  it('has eight letters, no vowel, and is read however it is typed', () => {
    for (let n = 0; n < 100; n++) {
      const code = newUserCode();
      expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
      expect(userCodeOf(` ${code.toLowerCase().replace('-', ' ')}`)).toBe(code);
    }
  });

  it.each(['', 'BCDF', 'BCDF-GHJA', 'BCDF-GHJKL', '1234-5678'])('is not %s', (typed) => {
    expect(userCodeOf(typed)).toBeNull();
  });
});

describe.each(DATABASES)('device codes on %s', (_, open) => {
  let database: Database;
  let identity: IdentityProcess;
  let codes: DeviceCodes;
  const clock = new HandClock();

  identityBefore(
    open,
    (opened, on) => {
      identity = opened;
      database = on;
      codes = identity.app.get(DeviceCodes);
    },
    { clock },
  );

  const start = (key?: string) => codes.start('coderclaw on ada-laptop', { address: anAddress(), key });

  it('wait to be approved, then give tokens once, as the user who approved', async () => {
    const user = await aUser(identity, { roles: ['developer', 'readonly'] });
    const { deviceCode, userCode, intervalSeconds, expiresInSeconds } = await start();
    expect([intervalSeconds, expiresInSeconds]).toEqual([5, 600]);
    expect(await codes.poll(deviceCode, from)).toEqual({ state: 'authorization_pending' });
    expect(await codes.clientOf(userCode, user.id)).toBe('coderclaw on ada-laptop');
    await codes.decide(userCode.toLowerCase(), { ...by(user), roles: ['readonly'] }, true);
    const polled = await Promise.all([1, 2, 3].map(() => codes.poll(deviceCode, from)));
    const approved = polled.flatMap((one) => (one.state === 'approved' ? one.tokens : []));
    expect(approved).toHaveLength(1);
    expect(polled.filter(({ state }) => state === 'invalid_grant')).toHaveLength(2);
    const actor = await identity.app.get(Authenticator).authenticate({
      authorization: `Bearer ${approved[0]?.accessToken ?? ''}`,
      method: 'GET',
      url: 'https://mesh.example/v1/me',
      address: from.address,
      local: false,
    });
    expect(actor).toMatchObject({ id: user.id, roles: ['readonly'], issuer: 'https://id.example' });
    const records = (await identity.audited()).filter(({ userId }) => userId === user.id);
    expect(records.map(({ action }) => action)).toEqual(['auth.device']);
  });

  it('tell who asks too often to slow down, and to wait longer each time', async () => {
    const { deviceCode } = await start();
    const states: string[] = [];
    for (const seconds of [0, 4, 9, 15, 14, 20]) {
      clock.advance(seconds * 1_000);
      states.push((await codes.poll(deviceCode, from)).state);
    }
    const [slow, pending] = ['slow_down', 'authorization_pending'];
    expect(states).toEqual([pending, slow, slow, pending, slow, pending]);
  });

  it('are over after ten minutes, whatever is decided', async () => {
    const user = await aUser(identity);
    const { deviceCode, userCode } = await start();
    clock.advance(600_000);
    expect(await codes.poll(deviceCode, from)).toEqual({ state: 'expired_token' });
    expect(await refusal(codes.decide(userCode, by(user), true))).toContain(
      'not_found: no device shows this code',
    );
  });

  it('can be refused, and are decided once', async () => {
    const user = await aUser(identity);
    const { deviceCode, userCode } = await start();
    await codes.decide(userCode, by(user), false);
    expect(await refusal(codes.decide(userCode, by(user), true))).toContain('not_found');
    expect(await codes.poll(deviceCode, from)).toEqual({ state: 'access_denied' });
    expect(await codes.poll(deviceCode, from)).toEqual({ state: 'invalid_grant' });
  });

  it('are good for nothing to who lacks the key they were asked for with', async () => {
    const user = await aUser(identity);
    const { deviceCode, userCode } = await start('k1');
    await codes.decide(userCode, by(user), true);
    expect(await codes.poll(deviceCode, from)).toEqual({ state: 'invalid_grant' });
    expect(await codes.poll(deviceCode, { ...from, key: 'k2' })).toEqual({ state: 'invalid_grant' });
    const polled = await codes.poll(deviceCode, { ...from, key: 'k1' });
    expect(polled).toMatchObject({ state: 'approved', tokens: { tokenType: 'DPoP' } });
  });

  it('let nobody in as a user who was disabled meanwhile', async () => {
    const user = await aUser(identity);
    const { deviceCode, userCode } = await start();
    await codes.decide(userCode, by(user), true);
    await identity.app.get(Users).change('default', user.id, { disabled: true });
    expect(await codes.poll(deviceCode, from)).toEqual({ state: 'access_denied' });
  });

  it('cannot be guessed: five wrong ones, and the user has to wait', async () => {
    const user = await aUser(identity);
    const { userCode } = await start();
    for (let n = 0; n < 5; n++)
      expect(await refusal(codes.decide('BBBB-BBBB', by(user), true))).toContain('not_found');
    expect(await refusal(codes.decide(userCode, by(user), true))).toContain('rate_limited');
  });

  it('are refused to an address that asks for them without end, and to no other', async () => {
    const address = anAddress();
    const ask = () =>
      codes.start('a bot', { address }).then(
        () => 'given',
        (error: unknown) => error,
      );
    const answers = await Promise.all(Array.from({ length: 40 }, ask));
    expect(answers.filter((answer) => answer === 'given')).toHaveLength(30);
    const refused = { code: 'rate_limited', details: { retryAfterSeconds: 1 } };
    expect(answers.filter((answer) => answer !== 'given')).toEqual(
      Array(10).fill(expect.objectContaining(refused)),
    );
    expect((await start()).userCode).toMatch(/-/);
    clock.advance(10_000);
    expect(await ask()).toBe('given');
  });

  it('wait fifty from one address at most, however slowly it asks', async () => {
    const [address, another] = ['2001:db8:0:7::1', '2001:db8:0:7:ffff::2'];
    for (let n = 0; n < 50; n++) {
      await codes.start('a bot', { address });
      clock.advance(10_000);
    }
    const approver = await aUser(identity);
    const asked = codes.start('a bot', { address: another });
    expect(await refusal(asked)).toBe('rate_limited: too many devices wait to be approved');
    const { userCode } = await start();
    await codes.decide(userCode, by(approver), true);
    clock.advance(110_000); // the first of them have expired
    expect((await codes.start('a bot', { address: another })).userCode).toMatch(/-/);
  });

  it('are kept as hashes', async () => {
    const { deviceCode } = await start();
    expect(JSON.stringify(await database.dataSource.query('select * from device_code'))).not.toContain(
      deviceCode,
    );
  });
});
