import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDeployment, eventually, fetchAs, headersOf, newMember, newTenantsAdmin, send } from '#test/mesh';
import type { Deployment, Member, Started } from '#test/mesh';

const WITHIN_MS = 1_000;
const WAITS = { description: 'waits', input: 'x', agentId: 'echo', requiresApproval: true };
const SHELL = { description: 'dangerous', input: 'echo done', agentId: 'shell' };

/** How long after `act` was answered the stream ended. */
const msUntilEnd = async (stream: IncomingMessage, act: () => Promise<unknown>): Promise<number> => {
  let endedAt = 0;
  const ended = once(stream, 'close').then(() => (endedAt = performance.now()));
  await act();
  const answeredAt = performance.now();
  await ended;
  return endedAt - answeredAt;
};

describe('two API processes of one deployment: what B takes away is gone on A', () => {
  let deployment: Deployment;
  let a: Started;
  let b: Started;
  let admin: Member;

  beforeAll(async () => {
    deployment = await aDeployment('remote-enabled');
    a = await deployment.start({ roles: 'api,projector' });
    b = await deployment.start({ roles: 'api' });
    admin = await deployment.admin();
  }, 60_000);
  afterAll(() => deployment.close());

  /** A stream of a task of theirs that says nothing and does not end by itself, open on A. */
  const watching = async (member: Member) => {
    const { id } = await send<{ id: string }>(member, ['POST', `${a.url}/v1/tasks`], WAITS);
    const url = `${a.url}/v1/tasks/${id}/stream`;
    const headers = await headersOf(member, 'GET', url);
    const [response] = (await once(get(url, { headers, agent: false }), 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    await once(response, 'data'); // its history; nothing follows it
    response.resume();
    return response;
  };

  const endSession = (member: Member) => send(admin, ['DELETE', `${b.url}/v1/sessions/${member.sessionId}`]);

  it('a session that is ended: its open stream ends within a second, its token is nothing', async () => {
    const member = await newMember(a.url, admin, ['developer']);
    const stream = await watching(member);
    expect(await msUntilEnd(stream, () => endSession(member))).toBeLessThan(WITHIN_MS);
    expect((await fetchAs(member, `${a.url}/v1/me`)).status).toBe(401);
  });

  it('a session that its own user leaves', async () => {
    const member = await newMember(a.url, admin, ['developer']);
    const stream = await watching(member);
    const leave = () => send(member, ['POST', `${b.url}/v1/auth/logout`]);
    expect(await msUntilEnd(stream, leave)).toBeLessThan(WITHIN_MS);
  });

  it('a user who is disabled: every stream of theirs ends, and they do not come in again', async () => {
    const member = await newMember(a.url, admin, ['developer']);
    const stream = await watching(member);
    const disable = () => send(admin, ['PATCH', `${b.url}/v1/users/${member.userId}`], { disabled: true });
    expect(await msUntilEnd(stream, disable)).toBeLessThan(WITHIN_MS);
    expect((await fetchAs(member, `${a.url}/v1/me`)).status).toBe(401);
  });

  it('nobody else’s: the stream of another session stays', async () => {
    const [member, other] = [
      await newMember(a.url, admin, ['developer']),
      await newMember(a.url, admin, ['developer']),
    ];
    const [stream, stays] = [await watching(member), await watching(other)];
    await msUntilEnd(stream, () => endSession(member));
    expect(stays.closed).toBe(false);
    await msUntilEnd(stays, () => endSession(other));
  });

  it('another tenant’s admin ends no session here: to them there is none', async () => {
    const member = await newMember(a.url, admin, ['developer']);
    const stranger = await newTenantsAdmin(b.url, admin);
    const refused = await fetchAs(stranger, `${b.url}/v1/sessions/${member.sessionId}`, { method: 'DELETE' });
    const nowhere = await fetchAs(stranger, `${b.url}/v1/sessions/nobodys`, { method: 'DELETE' });
    expect([refused.status, nowhere.status]).toEqual([404, 404]);
    expect((await fetchAs(member, `${a.url}/v1/me`)).status).toBe(200);
  });

  it('a device that is trusted less: what needed it is refused at once', async () => {
    const member = await newMember(a.url, admin, ['developer']);
    const submit = async () => {
      const response = await fetchAs(member, `${a.url}/v1/tasks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(SHELL),
      });
      return { status: response.status, text: await response.text() };
    };
    expect((await submit()).status).toBe(201);
    const trust = { trust: 'untrusted' };
    await send(admin, ['POST', `${b.url}/v1/devices/${member.deviceId}/trust`], trust);
    await eventually('A knows', async () => (await submit()).status === 403, WITHIN_MS);
    expect((await submit()).text).toContain('verified');
    expect((await fetchAs(member, `${a.url}/v1/me`)).status).toBe(200); // still who they are
  });

  it('also while the broker is away', async () => {
    const member = await newMember(a.url, admin, ['developer']);
    const [stream, other] = [await watching(member), await newMember(a.url, admin, ['developer'])];
    await deployment.nats?.stop();
    expect(await msUntilEnd(stream, () => endSession(member))).toBeLessThan(WITHIN_MS);
    const trust = { trust: 'untrusted' };
    await send(admin, ['POST', `${b.url}/v1/devices/${other.deviceId}/trust`], trust);
    await eventually(
      'A knows of the device',
      async () => {
        const me = (await (await fetchAs(other, `${a.url}/v1/me`)).json()) as { trust: string };
        return me.trust === 'untrusted';
      },
      WITHIN_MS,
    );
    await deployment.nats?.start();
  });
});
