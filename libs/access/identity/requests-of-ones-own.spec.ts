import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApproveDeviceCode } from './devices/approve-device-code.handler.js';
import { DeviceCodes } from './devices/device-codes.service.js';
import { EnrollDevice } from './devices/enroll-device.handler.js';
import { GetDeviceCode } from './devices/get-device-code.query.js';
import { ListDevices } from './devices/list-devices.query.js';
import { RevokeDevice } from './devices/revoke-device.handler.js';
import { TrustDevice } from './devices/trust-device.handler.js';
import { from, knock, refusal } from './identity.contract.js';
import { CreateToken } from './machine-tokens/create-token.handler.js';
import { anEnrolment, peopleInMemory } from './people.contract.js';
import type { People } from './people.contract.js';
import { DeleteMemory } from './memory/delete-memory.handler.js';
import { GetMemory } from './memory/get-memory.query.js';
import { ListMemory } from './memory/list-memory.query.js';
import { PutMemory } from './memory/put-memory.handler.js';
import { CreateSession } from './sessions/create-session.handler.js';
import { EndSession } from './sessions/end-session.handler.js';
import { ListSessions } from './sessions/list-sessions.query.js';

const JWK = { kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43) } as const;

describe('what people ask about their sessions, devices and memory', () => {
  let people: People;

  beforeAll(async () => {
    people = await peopleInMemory();
  }, 60_000);

  afterAll(() => people?.close());

  describe('sessions', () => {
    it('are begun with at most the roles that the caller has now', async () => {
      const { identity, gate, ada, ask } = people;
      const { session, tokens } = await gate.execute(
        ada.actor,
        new CreateSession({ roles: ['readonly'] }, from),
      );
      expect(session).toMatchObject({ userId: ada.user.id, roles: ['readonly'], issuer: 'local' });
      const narrowed = { ...ada, actor: await knock(identity, tokens.accessToken) };
      expect(narrowed.actor.roles).toEqual(['readonly']);
      const wider = new CreateSession({ roles: ['developer'] }, from);
      expect(await refusal(ask(narrowed, wider))).toContain('access_denied: developer');
      const same = await gate.execute(
        narrowed.actor,
        new CreateSession({ ttlSeconds: 60, cancelOnEnd: true }, from),
      );
      expect(same.session).toMatchObject({ roles: ['readonly'], cancelOnEnd: true });
      expect(Date.parse(same.session.endsAt) - Date.parse(same.session.createdAt)).toBe(60_000);
    });

    it('of minutes make nothing that outlives them, and let no device in where a job has them', async () => {
      const { identity, gate, ada, ask } = people;
      const { tokens } = await gate.execute(
        ada.actor,
        new CreateSession({ ttlSeconds: 600, cancelOnEnd: true }, from),
      );
      const job = { ...ada, actor: await knock(identity, tokens.accessToken) };
      const expiresAt = new Date(Date.UTC(2026, 5, 1)).toISOString();
      for (const asked of [
        new CreateSession({ ttlSeconds: 2_000_000 }, from),
        new CreateToken({ name: 'persist', expiresAt }),
        await anEnrolment(),
        new ApproveDeviceCode('BCDF-GHJK', true),
      ])
        expect(await refusal(ask(job, asked))).toContain('for so short a time');
    });

    it('give tokens that are bound to the key whose proof came with the request', async () => {
      const { gate, ada } = people;
      const { tokens } = await gate.execute(ada.actor, new CreateSession({}, { ...from, key: 'k' }));
      expect(tokens.tokenType).toBe('DPoP');
    });

    it('are listed: one’s own, or everybody’s for who oversees them', async () => {
      const { gate, manager, ada, bob, eve, ask } = people;
      const own = await gate.query(bob.actor, new ListSessions());
      expect(own.sessions.map(({ id }) => id)).toEqual([bob.actor.sessionId]);
      expect(await refusal(ask(bob, new ListSessions({ all: true })))).toContain('access_denied');
      expect(await refusal(ask(bob, new ListSessions({ userId: ada.user.id })))).toContain('access_denied');
      const all = await gate.query(manager.actor, new ListSessions({ all: true }));
      const ids = all.sessions.map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining([ada.actor.sessionId, bob.actor.sessionId]));
      expect(ids).not.toContain(eve.actor.sessionId);
      const hers = await gate.query(manager.actor, new ListSessions({ userId: ada.user.id }));
      expect(new Set(hers.sessions.map(({ userId }) => userId))).toEqual(new Set([ada.user.id]));
    });

    it('are ended by their user or who oversees them, once', async () => {
      const { identity, gate, admin, manager, ada, ask } = people;
      for (const by of [ada, manager, admin]) {
        const { session, tokens } = await gate.execute(ada.actor, new CreateSession({}, from));
        await gate.execute(by.actor, new EndSession(session.id));
        expect(await refusal(knock(identity, tokens.accessToken))).toContain('has ended');
        expect(await refusal(ask(by, new EndSession(session.id)))).toContain('illegal_transition');
      }
    });
  });

  it('has devices enrolled by their user, raised by an admin, and revoked by either', async () => {
    const { gate, admin, ada, bob, ask } = people;
    const { asked, jkt } = await anEnrolment();
    const again = () => gate.execute(bob.actor, new EnrollDevice({ ...asked, name: 'again' }, jkt));
    const device = await gate.execute(bob.actor, new EnrollDevice(asked, jkt));
    expect(device).toMatchObject({ trust: 'verified', publicJwk: asked.jwk, jkt });
    expect(await again()).toEqual(device);
    expect(await refusal(ask(bob, new TrustDevice(device.id, 'trusted')))).toContain('access_denied');
    expect(await gate.execute(admin.actor, new TrustDevice(device.id, 'untrusted'))).toMatchObject({
      trust: 'untrusted',
    });
    expect((await again()).trust).toBe('untrusted');
    expect(await refusal(ask(admin, new TrustDevice(device.id, 'sacred' as 'trusted')))).toContain(
      'invalid_request',
    );
    await gate.execute(ada.actor, await anEnrolment());
    await gate.execute(bob.actor, new RevokeDevice(device.id));
    expect(await gate.query(bob.actor, new ListDevices())).toEqual([]);
    expect((await gate.query(admin.actor, new ListDevices(true))).map(({ userId }) => userId)).toContain(
      ada.user.id,
    );
  });

  it.each([
    ['private key', { ...JWK, d: 'x'.repeat(43) }],
    ['symmetric key', { kty: 'oct', k: 'x' }],
    ['key of another curve', { ...JWK, crv: 'Ed448' }],
  ])('enrols no %s, and does not repeat it', async (_, jwk) => {
    const { ada, ask } = people;
    const answer = await refusal(ask(ada, new EnrollDevice({ name: 'd', jwk: jwk as typeof JWK }, 'jkt')));
    expect(answer).toContain('invalid_request');
    expect(answer).not.toContain('x'.repeat(43));
  });

  it('enrols no key but the one whose proof came with the request', async () => {
    const { gate, ada } = people;
    const [mine, anothers] = [await anEnrolment(), await anEnrolment()];
    await expect(gate.execute(ada.actor, new EnrollDevice(anothers.asked, mine.jkt))).rejects.toMatchObject({
      code: 'invalid_request',
      message: `jwk: its thumbprint is ${anothers.jkt}, but the request is signed by ${mine.jkt}`,
      details: { field: 'jwk' },
    });
    const enrolled = (await gate.query(ada.actor, new ListDevices())).map(({ jkt }) => jkt);
    expect(enrolled).not.toContain(mine.jkt);
    expect(enrolled).not.toContain(anothers.jkt);
  });

  it('lets a device in by its code', async () => {
    const { identity, gate, ada } = people;
    const codes = identity.app.get(DeviceCodes);
    const { deviceCode, userCode } = await codes.start('tv', from);
    expect(await gate.query(ada.actor, new GetDeviceCode(userCode))).toEqual({ client: 'tv' });
    expect(await gate.execute(ada.actor, new ApproveDeviceCode(userCode, true))).toEqual({ client: 'tv' });
    expect(await codes.poll(deviceCode, from)).toMatchObject({
      state: 'approved',
      tokens: { userId: ada.user.id },
    });
  });

  it('remembers for a session what it is told, and for no other of the same user', async () => {
    const { gate, ada, ask } = people;
    const place = ada.actor.sessionId;
    const { version } = await gate.execute(ada.actor, new PutMemory(place, 'k', { n: 1 }));
    expect(await gate.query(ada.actor, new GetMemory(place, 'k'))).toMatchObject({
      value: { n: 1 },
      version,
    });
    expect(await gate.query(ada.actor, new ListMemory(place))).toMatchObject([{ key: 'k', version }]);
    const { session } = await gate.execute(ada.actor, new CreateSession({}, from));
    const elsewhere = { ...ada, actor: { ...ada.actor, sessionId: session.id } };
    expect(await refusal(ask(elsewhere, new GetMemory(place, 'k')))).toContain('not_found');
    expect(await refusal(ask(ada, new PutMemory(place, 'k', 2, { ifMatch: version + 7 })))).toContain(
      'version_conflict',
    );
    for (const key of ['', 'x'.repeat(257)])
      expect(await refusal(ask(ada, new PutMemory(place, key, 1)))).toContain('invalid_request');
    await gate.execute(ada.actor, new DeleteMemory(place, 'k', { ifMatch: version }));
    expect(await gate.query(ada.actor, new ListMemory(place))).toEqual([]);
  });
});
