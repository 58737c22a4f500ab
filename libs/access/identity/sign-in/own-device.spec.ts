import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#event-store';
import { Devices } from '../devices/devices.service.js';
import type { Device } from '../devices/device.js';
import { HandClock, aPassword, aUser, identityOver, openMemory } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import type { User } from '../users/user.js';
import { SignIn } from './sign-in.service.js';

describe('an account that others guess at', () => {
  let database: Database;
  let identity: IdentityProcess;
  let owner: User;
  let password: string;
  let laptop: Device;
  let calls = 0;
  const clock = new HandClock();

  beforeAll(async () => {
    database = await openMemory();
    identity = await identityOver(database, { clock });
  }, 60_000);

  afterAll(async () => {
    await identity?.close();
    await database?.close();
  });

  /** From wherever nobody called before: no address is what holds them up. */
  const somewhere = () => `203.0.113.${++calls % 250}`;
  const enroll = (userId: string) =>
    identity.app
      .get(Devices)
      .enroll({ tenant: 'default', userId, name: 'd', jwk: {}, jkt: crypto.randomUUID() });
  const signIn = (from: Readonly<{ key?: string; address?: string; name?: string; password?: string }>) =>
    identity.app
      .get(SignIn)
      .local(
        { name: from.name ?? owner.name, password: from.password ?? password },
        { address: from.address ?? somewhere(), key: from.key },
      )
      .then(
        () => 'let in',
        ({ code }: { code: string }) => code,
      );
  const guess = async (
    times: number,
    from: Readonly<{ key?: string; address?: string; name?: string }> = {},
  ) => {
    const answers: string[] = [];
    for (let n = 0; n < times; n++) answers.push(await signIn({ ...from, password: 'a wrong guess' }));
    return answers;
  };

  beforeEach(async () => {
    password = aPassword();
    owner = await aUser(identity, { password });
    laptop = await enroll(owner.id);
    await guess(5);
  });

  it('lets its owner in from a device of theirs, while others go on guessing', async () => {
    expect(await signIn({ key: laptop.jkt })).toBe('let in');
    expect(await signIn({ key: laptop.jkt, name: owner.name.toUpperCase() })).toBe('let in');
    expect(await signIn({})).toBe('rate_limited'); // what is known of the device says nothing of the others
  });

  it('lets nobody in by a key that is not enrolled, or is somebody else’s', async () => {
    const others = await enroll((await aUser(identity)).id);
    expect(await signIn({ key: crypto.randomUUID() })).toBe('rate_limited');
    expect(await signIn({ key: others.jkt })).toBe('rate_limited');
  });

  it('lets nobody in by a device that is revoked, or that nobody trusts any more', async () => {
    const devices = identity.app.get(Devices);
    await devices.setTrust('default', laptop.id, 'untrusted');
    expect(await signIn({ key: laptop.jkt })).toBe('rate_limited');
    await devices.setTrust('default', laptop.id, 'verified');
    expect(await signIn({ key: laptop.jkt })).toBe('let in');
    await devices.revoke('default', laptop.id);
    expect(await signIn({ key: laptop.jkt })).toBe('rate_limited');
  });

  it('has a stolen device guess five times, and its owner come in from another', async () => {
    const phone = await enroll(owner.id);
    const answers = await guess(7, { key: laptop.jkt });
    expect(answers).toEqual([...Array<string>(5).fill('unauthenticated'), 'rate_limited', 'rate_limited']);
    expect(await signIn({ key: laptop.jkt })).toBe('rate_limited');
    expect(await signIn({ key: phone.jkt })).toBe('let in');
  });

  it('has a stolen session guess twenty times, however many devices it enrols', async () => {
    const answers: string[] = [];
    for (let n = 0; n < 8; n++) answers.push(...(await guess(4, { key: (await enroll(owner.id)).jkt })));
    expect(answers.filter((answer) => answer === 'unauthenticated')).toHaveLength(20);
  });

  it('holds a device up at an address that is held up', async () => {
    const address = '198.51.100.77';
    for (let n = 0; n < 8; n++) await guess(4, { name: `nobody${n}`, address });
    for (let n = 0; n < 25; n++) expect(await signIn({ key: laptop.jkt, address })).toBe('rate_limited');
    expect(await signIn({ key: laptop.jkt })).toBe('let in'); // what was not let through was no guess
  });
});
