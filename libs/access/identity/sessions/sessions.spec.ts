import { describe, expect, it } from 'vitest';
import type { Database } from '#event-store';
import { HandClock, aUser, refusal, DATABASES, identityBefore } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { hashOf } from '../tokens.js';
import { IdentitySql } from '../identity-sql.service.js';
import { SessionEnds } from './session-ends.service.js';
import { SessionTokens } from './session-tokens.service.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.service.js';
import type { BeginSession } from './sessions.service.js';

const DAY_MS = 24 * 60 * 60_000;

describe.each(DATABASES)('sessions on %s', (_, open) => {
  let database: Database;
  let identity: IdentityProcess;
  let sessions: Sessions;
  let tokens: SessionTokens;
  const clock = new HandClock();

  identityBefore(
    open,
    (opened, on) => {
      identity = opened;
      database = on;
      sessions = identity.app.get(Sessions);
      tokens = identity.app.get(SessionTokens);
    },
    { clock },
  );

  const begin = async (more: Partial<BeginSession> = {}) =>
    sessions.begin({ user: more.user ?? (await aUser(identity)), issuer: 'local', ...more });
  const issue = (session: Session, jkt?: string, refreshable = true) =>
    identity.app.get(IdentitySql).transaction((tx) => tokens.issueIn(tx, session, jkt, refreshable));
  const found = async ({ id }: Pick<Session, 'id'>) => sessions.find('default', id);
  const setLimits = (limits: object) =>
    identity.app.get(IdentitySql).rows(
      `insert into tenant_limits (tenant, limits, version) values ('default', $1, 1)
         on conflict (tenant) do update set limits = $1`,
      JSON.stringify(limits),
    );

  it('have all roles of the user, or some that were asked for, never others', async () => {
    const user = await aUser(identity, { roles: ['developer', 'readonly'] });
    expect(await begin({ user })).toMatchObject({ roles: ['developer', 'readonly'] });
    expect(await begin({ user, roles: ['readonly'] })).toMatchObject({ roles: ['readonly'] });
    expect(await refusal(begin({ user, roles: ['readonly', 'admin'] }))).toContain('access_denied: admin');
  });

  it('are resumed by their own user on their own device while they last, and by nobody else', async () => {
    const user = await aUser(identity);
    const session = await begin({ user });
    clock.advance(DAY_MS);
    const resumed = await begin({ user, resume: session.id });
    expect(resumed).toMatchObject({ id: session.id, lastUsedAt: clock.now().toISOString() });
    const deviceId = '01890000-0000-7000-8000-000000000000';
    expect(await begin({ user, resume: session.id, deviceId })).toMatchObject({ deviceId }); // from now on
    expect(await refusal(begin({ user, resume: session.id }))).toContain('not_found');
    expect(await refusal(begin({ resume: session.id }))).toContain('not_found');
    expect(await refusal(begin({ user: { ...user, tenant: 'other' }, resume: session.id }))).toContain(
      'not_found',
    );
    await sessions.end({ tenant: 'default', id: session.id });
    expect(await refusal(begin({ user, resume: session.id, deviceId }))).toContain('not_found');
  });

  it('end once, with the reason, in their own tenant only', async () => {
    const session = await begin();
    expect(await sessions.end({ tenant: 'other', id: session.id })).toEqual([]);
    expect(await sessions.end({ tenant: 'default', id: session.id }, 'logged out')).toEqual([session.id]);
    expect(await sessions.end({ tenant: 'default', id: session.id }, 'ended')).toEqual([]);
    expect(await found(session)).toMatchObject({ endReason: 'logged out' });
  });

  it('are listed of one user or of all, without those that ended', async () => {
    const user = await aUser(identity, { tenant: 'listed' });
    const mine: Session[] = [];
    for (let n = 0; n < 3; n++) {
      mine.push(await begin({ user }));
      clock.advance(1);
    }
    const other = await begin({ user: await aUser(identity, { tenant: 'listed' }) });
    await sessions.end({ tenant: 'listed', id: mine[1]?.id });
    const idsOf = async (userId?: string) =>
      (await sessions.list('listed', { userId, limit: 10 })).items.map(({ id }) => id);
    expect(await idsOf(user.id)).toEqual([mine[0]?.id, mine[2]?.id]);
    expect(new Set(await idsOf())).toEqual(new Set([mine[0]?.id, mine[2]?.id, other.id]));
  });

  it('end after a week without use, and after a month however they are used', async () => {
    const ends = identity.app.get(SessionEnds);
    await ends.expireSessions(new Date(clock.now().getTime() + 365 * DAY_MS));
    const [idle, used] = [await begin(), await begin()];
    let { refreshToken = '' } = await issue(used);
    for (let day = 0; day < 30; day += 6) {
      clock.advance(day === 24 ? 5 * DAY_MS : 6 * DAY_MS);
      ({ refreshToken = '' } = (await tokens.refresh(refreshToken)).tokens);
      await ends.expireSessions();
      expect(await found(used)).not.toHaveProperty('endedAt');
    }
    expect(await found(idle)).toMatchObject({ endReason: 'idle' });
    expect(await found(used)).toMatchObject({ expiresAt: (await found(used))?.endsAt });
    clock.advance(DAY_MS);
    expect(await ends.expireSessions()).toEqual([used.id]);
    expect(await found(used)).toMatchObject({ endReason: 'expired' });
    expect(await refusal(tokens.refresh(refreshToken))).toContain('the session has ended (expired)');
  });

  it('say which tasks are to be cancelled, until somebody says that they were', async () => {
    const ends = identity.app.get(SessionEnds);
    const [ci, plain] = [await begin({ cancelOnEnd: true, ttlMs: 60_000 }), await begin()];
    expect(ci.expiresAt).toBe(ci.endsAt);
    await sessions.end({ tenant: 'default', id: plain.id });
    expect(await ends.toCancel()).toEqual([]);
    clock.advance(60_000);
    await ends.expireSessions();
    const waiting = { tenant: 'default', sessionId: ci.id, reason: 'expired' };
    expect(await ends.toCancel()).toEqual([waiting]);
    await ends.cancelled(waiting);
    expect(await ends.toCancel()).toEqual([]);
  });

  it('are no more than the tenant allows each user, however many begin at once', async () => {
    await setLimits({ maxSessionsPerUser: 2 });
    const user = await aUser(identity);
    const tried = await Promise.allSettled(Array.from({ length: 6 }, () => begin({ user })));
    const begun = tried.flatMap((one) => (one.status === 'fulfilled' ? one.value.id : []));
    expect(begun).toHaveLength(2);
    const refused = await begin({ user }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'rate_limited',
      details: { hint: expect.stringContaining(begun[0] ?? 'one') },
    });
    await begin({ user, resume: begun[0] });
    await sessions.end({ tenant: 'default', id: begun[0] });
    await begin({ user });
    await setLimits({});
  });

  it('give tokens: one to come in with for a quarter of an hour, one to renew it with', async () => {
    const session = await begin();
    const signedIn = await issue(session);
    expect(signedIn).toMatchObject({
      tokenType: 'Bearer',
      expiresIn: 900,
      sessionId: session.id,
      userId: session.userId,
    });
    expect(signedIn.accessToken).toMatch(/^cc_at_[\w-]{43}$/);
    expect(signedIn.refreshToken).toMatch(/^cc_rt_[\w-]{43}$/);
    const kept = JSON.stringify([
      await database.dataSource.query('select * from access_token'),
      await database.dataSource.query('select * from refresh_token'),
    ]);
    expect(kept).toContain(hashOf(signedIn.accessToken));
    for (const secret of [signedIn.accessToken, signedIn.refreshToken]) expect(kept).not.toContain(secret);
  });

  it('that are short give tokens that are no longer, and none to renew', async () => {
    const signedIn = await issue(await begin({ ttlMs: 60_000 }), undefined, false);
    expect(signedIn).toMatchObject({ expiresIn: 60 });
    expect(signedIn).not.toHaveProperty('refreshToken');
  });

  it('end when a refresh token is used a second time, also the one that came of it', async () => {
    const session = await begin();
    const { refreshToken = '' } = await issue(session);
    const next = (await tokens.refresh(refreshToken)).tokens.refreshToken ?? '';
    expect(await refusal(tokens.refresh(refreshToken))).toContain('was used before');
    expect(await found(session)).toMatchObject({ endReason: 'token reuse' });
    expect(await refusal(tokens.refresh(next))).toContain('the session has ended (token reuse)');
  });

  it('end when two use a refresh token at once, of whom one at most got another', async () => {
    for (let round = 0; round < 10; round++) {
      const session = await begin();
      const { refreshToken = '' } = await issue(session);
      const tried = await Promise.allSettled([1, 2, 3].map(() => tokens.refresh(refreshToken)));
      const won = tried.flatMap((one) => (one.status === 'fulfilled' ? one.value.tokens : []));
      expect(won).toHaveLength(1);
      expect(await found(session)).toMatchObject({ endReason: 'token reuse' });
      expect(await refusal(tokens.refresh(won[0]?.refreshToken ?? ''))).toContain('the session has ended');
    }
  });

  it('are renewed only with the key that they are bound to; who lacks it does no harm', async () => {
    const session = await begin();
    const bound = await issue(session, 'key-1');
    expect(bound.tokenType).toBe('DPoP');
    for (const other of [undefined, 'key-2'])
      expect(await refusal(tokens.refresh(bound.refreshToken ?? '', other))).toContain('bound to a key');
    const next = await tokens.refresh(bound.refreshToken ?? '', 'key-1');
    expect(next.tokens.tokenType).toBe('DPoP');
  });

  it('are bound to a key from the moment one is shown', async () => {
    const { refreshToken = '' } = await issue(await begin());
    const { tokens: bound } = await tokens.refresh(refreshToken, 'key-1');
    expect(bound.tokenType).toBe('DPoP');
    expect(await refusal(tokens.refresh(bound.refreshToken ?? ''))).toContain('bound to a key');
  });

  it('leave no old tokens behind for ever', async () => {
    const session = await begin();
    await issue(session);
    await sessions.end({ tenant: 'default', id: session.id });
    clock.advance(2 * DAY_MS);
    await identity.app.get(SessionEnds).deleteOldTokens();
    const text = `select count(*)::int as left from refresh_token where session_id = $1`;
    expect(await database.dataSource.query(text, [session.id])).toEqual([{ left: 0 }]);
  });
});
