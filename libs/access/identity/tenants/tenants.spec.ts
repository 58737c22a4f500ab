import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Actor } from '#contract';
import type { Database } from '#event-store';
import { HandClock, aPassword, from, refusal, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { OneTimeSignIn } from '../sign-in/one-time-sign-in.service.js';
import { SignIn } from '../sign-in/sign-in.service.js';
import { limitsSchema } from './limits.js';
import { RequestLimiter } from './request-limiter.service.js';
import { TenantLimits } from './tenant-limits.service.js';
import { Tenants } from './tenants.service.js';
import { TokenBuckets } from './token-buckets.js';

const actor = (id: string, tenant = 'busy'): Actor => ({
  kind: 'user',
  id,
  tenant,
  sessionId: 's',
  roles: [],
  trust: 'untrusted',
});

describe.each(DATABASES)('tenants on %s', (_, open) => {
  let database: Database;
  let identity: IdentityProcess;
  let tenants: Tenants;
  let limits: TenantLimits;
  const clock = new HandClock();

  identityBefore(
    open,
    (opened, on) => {
      identity = opened;
      database = on;
      tenants = identity.app.get(Tenants);
      limits = identity.app.get(TenantLimits);
    },
    { clock },
  );

  it('begin with an admin, who chooses a password with a token and signs in', async () => {
    const { tenant, admin, reset } = await tenants.create({
      id: 'acme',
      name: 'Acme',
      admin: { name: 'root' },
    });
    expect(tenant).toMatchObject({ id: 'acme', name: 'Acme' });
    expect(admin).toMatchObject({ tenant: 'acme', roles: ['admin'] });
    const password = aPassword();
    await identity.app.get(OneTimeSignIn).resetPassword(reset.token, password, from);
    const signedIn = await identity.app.get(SignIn).local({ name: 'root', password, tenant: 'acme' }, from);
    expect(signedIn.userId).toBe(admin.id);
  });

  it('have ids of their own, and are made whole or not at all', async () => {
    const made = await Promise.allSettled(
      [1, 2, 3].map((n) => tenants.create({ id: 'once', name: `${n}`, admin: { name: `admin${n}` } })),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const text = `select count(*)::int as admins from app_user where tenant = 'once'`;
    expect(await database.dataSource.query(text)).toEqual([{ admins: 1 }]);
    expect((await tenants.list()).map(({ id }) => id)).toEqual(expect.arrayContaining(['default', 'once']));
    expect([await tenants.exists('once'), await tenants.exists('never')]).toEqual([true, false]);
  });

  it('are limited by what was written last, on the version that was read', async () => {
    expect(await limits.get('acme')).toEqual({ limits: {}, version: 0 });
    expect(await refusal(limits.put('acme', {}, 3))).toContain('version_conflict');
    const first = await limits.put('acme', { maxConcurrentTasks: 5 }, 0);
    expect(first).toEqual({ limits: { maxConcurrentTasks: 5 }, version: 1 });
    const tried = await Promise.allSettled(
      [1, 2, 3].map((n) => limits.put('acme', { maxConcurrentTasks: n }, 1)),
    );
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusal(limits.put('acme', {}, 0))).toContain('are at version 2 by now');
    expect((await limits.put('acme', { maxSessionsPerUser: 1 })).version).toBe(3);
    expect(await limits.of('acme')).toEqual({ maxSessionsPerUser: 1 });
    expect(await limits.get('default')).toEqual({ limits: {}, version: 0 });
  });

  it('let each of their users ask so often a minute, and say how long to wait', async () => {
    const limiter = identity.app.get(RequestLimiter);
    for (let n = 0; n < 100; n++) await limiter.take(actor('ada'));
    await limits.put('busy', { requestsPerMinute: 6 });
    for (let n = 0; n < 6; n++) await limiter.take(actor('ada'));
    const refused = await limiter.take(actor('ada')).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 10 } });
    await limiter.take(actor('bob'));
    await limiter.take(actor('ada', 'idle'));
    await limiter.take({ ...actor('ada'), kind: 'worker' });
    clock.advance(10_000);
    await limiter.take(actor('ada'));
    expect(await refusal(limiter.take(actor('ada')))).toContain('rate_limited');
  });
});

describe('limits', () => {
  it.each([
    { maxConcurrentTasks: 0 },
    { maxConcurrentTasksPerSession: 'many' },
    { maxConcurrentTasksPerAgent: { 'no id': 1 } },
    { maxConcurrentTasksPerAgent: { shell: 0 } },
    { maxQueuedTasks: 0 },
    { sessionWeight: 101 },
    { requestsPerMinute: 1.5 },
    { maxSessionsPerUser: -1 },
    { other: 1 },
  ])('cannot be %j', (given) => {
    expect(limitsSchema.safeParse(given).success).toBe(false);
  });
});

describe('token buckets', () => {
  it('never give more than the burst and what time has added', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), steps, (perMinute, pauses) => {
        const buckets = new TokenBuckets();
        let now = 0;
        let taken = 0;
        for (const pause of pauses) {
          now += pause;
          if (buckets.take('k', perMinute, now) === 0) taken++;
        }
        expect(taken).toBeLessThanOrEqual(perMinute + (now * perMinute) / 60_000 + 1e-6);
      }),
    );
  });

  it('say exactly how long to wait', () => {
    const buckets = new TokenBuckets();
    for (let n = 0; n < 3; n++) expect(buckets.take('k', 3, 0)).toBe(0);
    const waitMs = buckets.take('k', 3, 0);
    expect(waitMs).toBe(20_000);
    expect(buckets.take('k', 3, waitMs - 1)).toBeGreaterThan(0);
    expect(buckets.take('k', 3, waitMs)).toBe(0);
  });

  it('are so many and no more', () => {
    const buckets = new TokenBuckets(10);
    for (let n = 0; n < 100; n++) buckets.take(`k${n}`, 3, n);
    expect(buckets.size).toBe(10);
  });
});
