import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '#event-store';
import { InProcessBus } from '#streaming';
import { Devices } from '../devices/devices.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import { HandClock, aUser, identityOver, refusal, DATABASES } from '../identity.contract.js';
import type { IdentityProcess } from '../identity.contract.js';
import { newToken } from '../tokens.js';
import { Users } from '../users/users.service.js';
import type { User } from '../users/user.js';
import { Authenticator } from './authenticator.js';
import type { Presented } from './authenticator.js';
import { SessionTokens } from './session-tokens.service.js';
import { Sessions } from './sessions.service.js';

const DAY_MS = 24 * 60 * 60_000;
const request = { method: 'GET', url: 'https://mesh.example/v1/tasks', address: '192.0.2.1', local: false };

const proofBy = (key: string) => `${key} ${request.method} ${request.url}`;

describe.each(DATABASES)('who knocks, on %s,', (_, open) => {
  let database: Database;
  let here: IdentityProcess;
  let elsewhere: IdentityProcess;
  const clock = new HandClock();
  const bus = new InProcessBus();

  beforeAll(async () => {
    database = await open();
    here = await identityOver(database, { clock, bus });
    elsewhere = await identityOver(database, { clock, bus });
  }, 60_000);

  afterAll(async () => {
    await here?.close();
    await elsewhere?.close();
    await database?.close();
  });

  const knock = (authorization: string | undefined, more: Partial<Presented> = {}, at = here) =>
    at.app.get(Authenticator).authenticate({ ...request, authorization, ...more });

  const signedIn = async ({
    key,
    ...asked
  }: Readonly<{ key?: string; user?: User; roles?: readonly string[] }> = {}) => {
    const user = asked.user ?? (await aUser(here, { roles: ['developer', 'readonly'] }));
    const device = key === undefined ? null : await here.app.get(Devices).ofKey(user.tenant, user.id, key);
    const begun = { user, issuer: 'local', roles: asked.roles, deviceId: device?.id };
    const session = await here.app.get(Sessions).begin(begun);
    const tokens = await here.app
      .get(IdentitySql)
      .transaction((tx) => here.app.get(SessionTokens).issueIn(tx, session, key));
    return { user, session, ...tokens };
  };
  const enrolled = async (user: User, key: string) =>
    here.app.get(Devices).enroll({ tenant: user.tenant, userId: user.id, name: 'laptop', jwk: {}, jkt: key });

  it('is the user of the session, with the roles of both, and untrusted without a device', async () => {
    const { user, session, accessToken } = await signedIn({ roles: ['readonly'] });
    expect(await knock(`Bearer ${accessToken}`)).toEqual({
      kind: 'user',
      id: user.id,
      userName: user.name,
      tenant: 'default',
      sessionId: session.id,
      roles: ['readonly'],
      trust: 'untrusted',
      issuer: 'local',
    });
    await here.app.get(Users).change('default', user.id, { roles: ['developer'] });
    expect(await knock(`bearer ${accessToken}`)).toMatchObject({ roles: [] });
  });

  it('is nobody without a token that is one of ours', async () => {
    const { refreshToken } = await signedIn();
    const unknown = newToken('access');
    const cases: readonly (readonly [string | undefined, string])[] = [
      [undefined, 'this needs a token'],
      ['', 'neither'],
      ['Basic dXNlcjpwYXNz', 'neither'],
      [`Bearer ${unknown}`, 'the token is unknown'],
      [`Bearer ${unknown}, Bearer ${unknown}`, 'neither'],
      ['Bearer nonsense', 'the token is unknown'],
      [`Bearer ${newToken('machine')}`, 'the token is unknown'],
      [`Bearer ${refreshToken ?? ''}`, 'is a refresh token'],
    ];
    for (const [authorization, why] of cases) {
      const answer = await refusal(knock(authorization));
      expect(answer).toMatch(/^unauthenticated: /);
      expect(answer).toContain(why);
      expect(answer).not.toMatch(/cc_|nonsense|dXNl/); // nothing of what was sent
    }
  });

  it('asks no database about what cannot be a token', async () => {
    const asked = vi.spyOn(here.app.get(IdentitySql), 'rows');
    await knock(`Bearer cc_at_${'x'.repeat(42)}`).catch(() => undefined);
    await knock(`Bearer cc_pat_${'x'.repeat(49)}`).catch(() => undefined);
    expect(asked).not.toHaveBeenCalled();
    asked.mockRestore();
  });

  it('is told why not: expired, ended, disabled', async () => {
    const [expired, ended, disabled] = [await signedIn(), await signedIn(), await signedIn()];
    clock.advance(15 * 60_000);
    expect(await refusal(knock(`Bearer ${expired.accessToken}`))).toContain('the token has expired');
    await here.app.get(Sessions).end({ tenant: 'default', id: ended.session.id }, 'logged out');
    expect(await refusal(knock(`Bearer ${ended.accessToken}`))).toContain('has ended (logged out)');
    await here.app.get(Users).change('default', disabled.user.id, { disabled: true });
    expect(await refusal(knock(`Bearer ${disabled.accessToken}`))).toContain('the account is disabled');
  });

  it('is looked up once a second at most, and at once anew when told of a change, on every process', async () => {
    const { accessToken, session } = await signedIn();
    const asked = vi.spyOn(here.app.get(IdentitySql), 'rows');
    for (let n = 0; n < 5; n++) await knock(`Bearer ${accessToken}`);
    expect(asked).toHaveBeenCalledTimes(1);
    clock.advance(1_000);
    await knock(`Bearer ${accessToken}`);
    expect(asked).toHaveBeenCalledTimes(2);
    asked.mockRestore();
    await knock(`Bearer ${accessToken}`, {}, elsewhere);
    await here.app.get(Sessions).end({ tenant: 'default', id: session.id });
    expect(await refusal(knock(`Bearer ${accessToken}`))).toContain('has ended');
    await vi.waitFor(async () =>
      expect(await refusal(knock(`Bearer ${accessToken}`, {}, elsewhere))).toContain('has ended'),
    );
  });

  it('is not remembered from before a change that was told of while it was looked up', async () => {
    const { accessToken, user } = await signedIn();
    const sql = here.app.get(IdentitySql);
    const rows = sql.rows.bind(sql);
    vi.spyOn(sql, 'rows').mockImplementationOnce(async (text, ...values) => {
      const answer = await rows<never>(text, ...values);
      await here.app.get(Users).change('default', user.id, { disabled: true });
      return answer;
    });
    await knock(`Bearer ${accessToken}`);
    expect(await refusal(knock(`Bearer ${accessToken}`))).toContain('disabled');
  });

  it('must prove the key that the token is bound to', async () => {
    const { accessToken } = await signedIn({ key: 'k1' });
    const dpop = `DPoP ${accessToken}`;
    expect(await knock(dpop, { proof: proofBy('k1') })).toMatchObject({ trust: 'untrusted' });
    expect(await refusal(knock(dpop))).toContain('no proof came with it');
    expect(await refusal(knock(`Bearer ${accessToken}`, { proof: proofBy('k1') }))).toContain(
      'no proof came with it',
    );
    expect(await refusal(knock(dpop, { proof: proofBy('k2') }))).toContain(
      'not one of this request by that key',
    );
    const url = 'https://mesh.example/v1/users';
    expect(await refusal(knock(dpop, { proof: proofBy('k1'), url }))).toContain('not one of this request');
    const { accessToken: bare } = await signedIn();
    expect(await refusal(knock(`DPoP ${bare}`, { proof: proofBy('k1') }))).toContain('bound to no key');
  });

  it('is trusted as the device is whose key they prove: theirs, enrolled, not revoked, seen of late', async () => {
    const devices = here.app.get(Devices);
    const [user, other] = [await aUser(here), await aUser(here)];
    const device = await enrolled(user, 'd1');
    await enrolled(other, 'd2');
    const { accessToken } = await signedIn({ user, key: 'd1' });
    const trust = async () => (await knock(`DPoP ${accessToken}`, { proof: proofBy('d1') })).trust;
    expect(await knock(`DPoP ${accessToken}`, { proof: proofBy('d1') })).toMatchObject({
      trust: 'verified',
      deviceId: device.id,
    });
    await devices.setTrust('default', device.id, 'trusted');
    expect(await trust()).toBe('trusted');
    await devices.setTrust('default', device.id, 'untrusted');
    expect(await trust()).toBe('untrusted');
    await devices.setTrust('default', device.id, 'verified');
    const notTheirs = await signedIn({ user, key: 'd2' });
    const stolen = await knock(`DPoP ${notTheirs.accessToken}`, { proof: proofBy('d2') });
    expect(stolen).toMatchObject({ id: user.id, trust: 'untrusted' });
    expect(stolen).not.toHaveProperty('deviceId');
    await devices.revoke('default', device.id);
    expect(await refusal(trust())).toContain('has ended (device revoked)');
  });

  it('finds a device that was away for too long untrusted, and it does not rise by coming back', async () => {
    const user = await aUser(here);
    const device = await enrolled(user, 'd3');
    clock.advance(91 * DAY_MS);
    const { accessToken } = await signedIn({ user, key: 'd3' });
    const knocked = () => knock(`DPoP ${accessToken}`, { proof: proofBy('d3') });
    expect(await knocked()).toMatchObject({ trust: 'untrusted', deviceId: device.id });
    await vi.waitFor(async () => {
      const found = await here.app.get(Devices).find('default', device.id);
      expect(found).toMatchObject({ trust: 'untrusted', lastSeenAt: clock.now().toISOString() });
    });
    clock.advance(1_000);
    expect(await knocked()).toMatchObject({ trust: 'untrusted' });
  });

  it('is trusted over the Unix socket where the policy says so, and only there', async () => {
    const { accessToken } = await signedIn();
    const local = { local: true };
    here.policies.set({ deviceTrust: { autoTrustLocal: false } });
    expect(await knock(`Bearer ${accessToken}`, local)).toMatchObject({ trust: 'untrusted' });
    here.policies.set({ deviceTrust: { autoTrustLocal: true } });
    expect(await knock(`Bearer ${accessToken}`, local)).toMatchObject({ trust: 'trusted' });
    expect(await knock(`Bearer ${accessToken}`)).toMatchObject({ trust: 'untrusted' });
    here.policies.set({});
  });
});
