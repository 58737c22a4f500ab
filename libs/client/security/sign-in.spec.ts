import { hash } from '@node-rs/argon2';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { MemorySecurityStorage, SecurityService } from '../security.js';
import type { IdentityProvider, LocalUser } from '../security.js';
import { DAY_MS, SetClock, laptop } from './samples.contract.js';

const PASSWORD = 'correct horse battery staple';
let ada: LocalUser;

beforeAll(async () => {
  const passwordHash = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  ada = { id: 'u-1', name: 'ada', email: 'ada@example.com', passwordHash };
});

describe('signing in by a password', () => {
  it.each([{ username: 'ada' }, { name: 'ada' }, { email: 'ada@example.com' }, { username: 'u-1' }])(
    'proves who somebody is, by %j',
    async (who) => {
      const service = new SecurityService({ users: [ada] });
      const user = await service.authenticateUser('local', { ...who, password: PASSWORD });
      expect(user).toEqual({
        id: 'u-1',
        name: 'ada',
        email: 'ada@example.com',
        provider: 'local',
        verified: true,
      });
    },
  );

  it.each([
    ['a wrong password', { username: 'ada', password: 'wrong' }],
    ['an unknown user', { username: 'bob', password: PASSWORD }],
    ['no password', { username: 'ada' }],
    ['an empty password', { username: 'ada', password: '' }],
    ['a password without end', { username: 'ada', password: 'x'.repeat(257) }],
    ['nobody', { password: PASSWORD }],
    ['what is no text', { username: ['ada'], password: [PASSWORD] }],
    ['nothing', undefined],
  ])('throws at %s, always with the same words', async (_, credentials) => {
    const service = new SecurityService({ users: [ada] });
    await expect(service.authenticateUser('local', credentials)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'local did not prove who this is',
    });
  });

  it('is audited, and no secret with it', async () => {
    const service = new SecurityService({ users: [ada] });
    await service.authenticateUser('local', { username: 'ada', password: PASSWORD });
    await expect(service.authenticateUser('local', { username: 'ada', password: 'guess-1' })).rejects.toThrow(
      'did not prove',
    );
    const log = await service.getAuditLog({ action: 'auth.sign-in' });
    expect(log.map(({ userId, resourceId, result }) => [userId, resourceId, result])).toEqual([
      ['u-1', 'local', 'allowed'],
      [undefined, 'local', 'denied'],
    ]);
    for (const secret of [PASSWORD, 'guess-1', ada.passwordHash])
      expect(JSON.stringify(log)).not.toContain(secret);
  });

  it('is refused to be set up with what is no argon2id hash, or with two users of one name', () => {
    const plain = () => new SecurityService({ users: [{ id: 'u-2', passwordHash: PASSWORD }] });
    expect(plain).toThrow('the passwordHash of u-2 is not an argon2id hash');
    expect(plain).not.toThrow(PASSWORD);
    expect(() => new SecurityService({ users: [ada, { ...ada, id: 'u-2' }] })).toThrow(
      'two users are called ada',
    );
  });
});

const oidc = async (credentials: unknown) =>
  credentials === 'good token' ? { id: 'issuer|1', name: 'Ada' } : null;

describe('signing in by a provider', () => {
  it('is nobody’s without a verifier', async () => {
    const service = new SecurityService();
    for (const provider of ['local', 'oidc', 'github', 'google', '__proto__', 'constructor']) {
      const proof = service.authenticateUser(provider as IdentityProvider, {
        email: 'ada@example.com',
        name: 'Ada',
      });
      await expect(proof).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('is what the verifier says', async () => {
    const service = new SecurityService({ verifiers: { oidc } });
    expect(await service.authenticateUser('oidc', 'good token')).toEqual({
      id: 'issuer|1',
      name: 'Ada',
      provider: 'oidc',
      verified: true,
    });
    await expect(service.authenticateUser('oidc', 'bad token')).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await expect(service.authenticateUser('github', 'good token')).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('is denied where the policy names other providers', async () => {
    const service = new SecurityService({
      users: [ada],
      layers: [{ name: 'tenant', document: { identity: { providers: ['oidc'] } } }],
    });
    const proof = service.authenticateUser('local', { username: 'ada', password: PASSWORD });
    await expect(proof).rejects.toMatchObject({ code: 'access_denied' });
  });
});

describe('a device', () => {
  it('is untrusted where nobody gave it', async () => {
    const clock = new SetClock();
    const device = await new SecurityService({ clock, devices: [laptop('trusted')] }).verifyDevice('phone');
    expect(device).toMatchObject({ id: 'phone', trustLevel: 'untrusted', lastSeen: clock.at });
  });

  it('is what it was given as, seen now', async () => {
    const clock = new SetClock(new Date('2026-01-02T00:00:00Z'));
    const storage = new MemorySecurityStorage();
    const service = new SecurityService({ clock, storage, devices: [laptop('verified')] });
    expect(await service.verifyDevice('laptop')).toEqual({ ...laptop('verified'), lastSeen: clock.at });
    expect((await storage.loadDevice('laptop'))?.lastSeen).toEqual(clock.at);
  });

  it('loses its trust when it was not seen for too long, and does not get it back by being seen', async () => {
    const clock = new SetClock();
    const layers = [{ name: 'tenant' as const, document: { deviceTrust: { maxUnseenDays: 30 } } }];
    const service = new SecurityService({ clock, layers, devices: [laptop('trusted')] });
    const trustAfter = async (days: number) => {
      clock.at = new Date(clock.at.getTime() + days * DAY_MS);
      return (await service.verifyDevice('laptop')).trustLevel;
    };
    expect([await trustAfter(30), await trustAfter(31), await trustAfter(0)]).toEqual([
      'trusted',
      'untrusted',
      'untrusted',
    ]);
  });
});

describe('the client', () => {
  it('loads no native code before somebody signs in by a password', async () => {
    vi.resetModules();
    const loaded = vi.fn<() => object>(() => ({ verify: async () => true, hash: async () => '' }));
    vi.doMock('@node-rs/argon2', loaded);
    const { SecurityService: Fresh } = await import('../security.js');
    const service = new Fresh({ users: [ada] });
    const session = await service.createSession('u-1', 'laptop', ['ci']);
    await service.checkPermission({ session, effectivePermissions: ['task:read'] }, 'task:read');
    expect(loaded).not.toHaveBeenCalled();
    await service.authenticateUser('local', { username: 'ada', password: 'x' });
    expect(loaded).toHaveBeenCalledOnce();
    vi.doUnmock('@node-rs/argon2');
  });
});
