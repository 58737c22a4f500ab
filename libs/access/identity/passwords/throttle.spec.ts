import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '#event-store';
import {
  HandClock,
  aPassword,
  aUser,
  from,
  identityOver,
  DATABASES,
  openPostgres,
} from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { SignIn } from '../sign-in/sign-in.service.js';
import { Passwords } from './passwords.service.js';
import { accountKey, addressKey } from './throttle-keys.js';
import type { ThrottleKey } from './throttle-keys.js';
import { Throttle } from './throttle.service.js';

describe('what failures are counted by', () => {
  it('is the account, upper and lower case alike, and of one tenant', () => {
    expect(accountKey('t', 'Ada')).toEqual(accountKey('t', 'ada'));
    expect(accountKey('t', 'ada').key).not.toBe(accountKey('u', 'ada').key);
  });

  it.each([
    ['192.0.2.7', 'address:192.0.2.7'],
    ['::ffff:192.0.2.7', 'address:192.0.2.7'],
    ['2001:db8:0:12:aaaa::1', 'address:2001:db8:0:12::/64'],
    ['2001:DB8::12:0:0:0:1', 'address:2001:db8:0:12::/64'],
    ['fe80::1%eth0', 'address:fe80:0:0:0::/64'],
    ['::1', 'address:0:0:0:0::/64'],
  ])('of %s is %s', (address, key) => {
    expect(addressKey(address).key).toBe(key);
  });
});

describe.each(DATABASES)('the throttle on %s', (_, open) => {
  let database: Database;
  let here: IdentityProcess;
  let elsewhere: IdentityProcess;
  const clock = new HandClock();

  beforeAll(async () => {
    database = await open();
    here = await identityOver(database, { clock });
    elsewhere = await identityOver(database, { clock });
  }, 60_000);

  afterAll(async () => {
    await here?.close();
    await elsewhere?.close();
    await database?.close();
  });

  let keys = 0;
  const aKey = (): ThrottleKey => accountKey('t', `somebody${++keys}`);
  const wait = (key: ThrottleKey, at = here): Promise<number> =>
    at.app
      .get(Throttle)
      .admit(key)
      .then(
        () => 0,
        (error: { details: { retryAfterSeconds: number } }) => error.details.retryAfterSeconds,
      );

  it('lets five fail, then doubles the time to wait up to a quarter of an hour', async () => {
    const key = aKey();
    for (let n = 0; n < 5; n++) expect(await wait(key)).toBe(0);
    const waits: number[] = [];
    for (let n = 0; n < 12; n++) {
      const seconds = await wait(key);
      waits.push(seconds);
      clock.advance(seconds * 1_000);
      expect(await wait(key)).toBe(0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  it('holds on every process, and for nobody else', async () => {
    const key = aKey();
    for (let n = 0; n < 5; n++) await wait(key);
    expect(await wait(key, elsewhere)).toBe(1);
    expect(await wait(aKey(), elsewhere)).toBe(0);
  });

  it('forgives with time, and at once who succeeds', async () => {
    const [patient, right] = [aKey(), aKey()];
    for (let n = 0; n < 5; n++) await Promise.all([wait(patient), wait(right)]);
    clock.advance(60 * 60_000);
    for (let n = 0; n < 4; n++) expect(await wait(patient)).toBe(0);
    expect(await wait(patient)).toBe(1);
    await here.app.get(Throttle).succeeded(right);
    for (let n = 0; n < 5; n++) expect(await wait(right)).toBe(0);
    expect(await wait(right)).toBe(1);
  });

  it('lets no more pass of those who try at once, on two processes', async () => {
    const key = aKey();
    const waits = await Promise.all(
      Array.from({ length: 60 }, (__, n) => wait(key, n % 2 ? here : elsewhere)),
    );
    expect(waits.filter((seconds) => seconds === 0)).toHaveLength(5);
  });

  it('counts nothing to an address that the account refuses, nor to an account that the address refuses', async () => {
    const throttle = here.app.get(Throttle);
    const [victim, address] = [aKey(), addressKey(`198.51.100.${++keys}`)];
    for (let n = 0; n < 40; n++) await throttle.admit(victim, address).catch(() => undefined);
    for (let n = 0; n < 25; n++) await throttle.admit(aKey(), address);
    const other = aKey();
    for (let n = 0; n < 40; n++) await expect(throttle.admit(other, address)).rejects.toThrow('wait');
    expect(await wait(other)).toBe(0);
  });

  it('forgets what is forgiven anyway', async () => {
    await wait(aKey());
    clock.advance(25 * 60 * 60_000);
    await here.app.get(Throttle).sweep();
    expect(await database.dataSource.query('select count(*)::int as left from throttle')).toEqual([
      { left: 0 },
    ]);
  });
});

describe('ten thousand wrong passwords for one account', () => {
  it('are throttled, while another account signs in from there and the event loop stays free', async () => {
    const database = await openPostgres();
    const identity = await identityOver(database);
    const password = aPassword();
    const [victim, other] = [await aUser(identity, { password }), await aUser(identity, { password })];
    const signIn = identity.app.get(SignIn);
    const hashed = vi.spyOn(identity.app.get(Passwords), 'matches');
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const codes = new Map<string, number>();
    const attack = async () => {
      await new Promise(setImmediate); // a request arrives by the event loop
      const name = victim.name;
      const { code } = (await signIn
        .local({ name, password: 'wrong password' }, from)
        .catch((error) => error)) as {
        code: string;
      };
      codes.set(code, (codes.get(code) ?? 0) + 1);
    };
    const attacks = Array.from({ length: 20 }, async () => {
      for (let n = 0; n < 500; n++) await attack();
    });
    const signedIn = await signIn.local({ name: other.name, password }, from);
    await Promise.all(attacks);
    delay.disable();
    expect(signedIn.userId).toBe(other.id);
    expect(Object.fromEntries(codes)).toEqual({ unauthenticated: 5, rate_limited: 9_995 });
    expect(hashed).toHaveBeenCalledTimes(6);
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
    expect(delay.percentile(99) / 1e6).toBeLessThan(250); // of a machine that runs other specs too
    const right = signIn.local({ name: victim.name, password }, from);
    await expect(right).rejects.toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 1 } });
    expect(hashed).toHaveBeenCalledTimes(6);
    const records = (await identity.audited()).filter(({ action }) => action === 'auth.local');
    expect(records.filter(({ userId, result }) => userId === victim.id && result === 'denied')).toHaveLength(
      5,
    );
    expect(records.length).toBeLessThan(100);
    await identity.close();
    await database.close();
  }, 60_000);
});
