import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { MemoryUsedOnce, acceptProof } from '#access';
import type { Proof } from '#access';
import { SystemClock } from '#contract';
import { exportDeviceKey, generateDeviceKey } from '#contract/dpop';
import { MeshError, isMeshError } from '#errors';
import { HTTPTransportAdapter } from './client.js';
import { ID, cut, events, json, refuse, scripted, stay, stream, update } from './scripted-server.contract.js';
import type { Turn } from './scripted-server.contract.js';

/** Plays its turns only for requests whose proof the server's own half accepts; keeps the proofs. */
async function proving(expectedJkt: string | undefined, ...turns: readonly Turn[]) {
  const usedOnce = new MemoryUsedOnce(new SystemClock());
  const proofs: Proof[] = [];
  const check = (request: IncomingMessage) => {
    const [scheme, accessToken] = request.headers.authorization?.split(' ') ?? [];
    if (accessToken !== undefined && scheme !== 'DPoP')
      throw new MeshError('unauthenticated', `${scheme} is not enough`);
    const url = `http://${request.headers.host}${request.url}`;
    const received = { method: request.method ?? '', url, accessToken, now: new Date(), expectedJkt };
    return acceptProof(usedOnce, request.headersDistinct['dpop'], received);
  };
  const guarded = turns.map((turn): Turn => (request, response, body) => {
    check(request).then(
      (proof) => {
        proofs.push(proof);
        turn(request, response, body);
      },
      (error: unknown) => isMeshError(error) && refuse(error, 401)(request, response, body),
    );
  });
  return { ...(await scripted(...guarded)), proofs };
}

const STATUS = { version: '1' };

describe('a client with a device key', () => {
  it('signs each request, for its method, address and token', async () => {
    const deviceKey = await generateDeviceKey();
    const server = await proving(
      deviceKey.jkt,
      json(200, STATUS),
      json(200, { tasks: [] }),
      json(201, { id: ID }),
    );
    const adapter = new HTTPTransportAdapter({ baseUrl: `${server.baseUrl}/`, token: 'bound', deviceKey });
    expect(await adapter.getStatus()).toEqual(STATUS);
    expect(await adapter.listTasks({ limit: 3, sessionId: 'ü' })).toEqual({ tasks: [] });
    expect(await adapter.submitTask({ description: 'd', input: 'i' })).toEqual({ id: ID });
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('DPoP bound'));
    expect(new Set(server.proofs.map(({ jti }) => jti)).size).toBe(3);
  });

  it.each(['P-256', 'Ed25519'] as const)(
    'takes the key as a private JWK too (%s), and does not send that',
    async (curve) => {
      const deviceKey = await exportDeviceKey(await generateDeviceKey({ curve }));
      const server = await proving(undefined, json(200, STATUS));
      const adapter = new HTTPTransportAdapter({ baseUrl: server.baseUrl, token: 'bound', deviceKey });
      expect(await Promise.all([adapter.getStatus(), adapter.getStatus()])).toEqual([STATUS, STATUS]);
      expect(new Set(server.proofs.map(({ jkt }) => jkt)).size).toBe(1);
      expect(JSON.stringify(server.asked)).not.toContain(deviceKey.d);
    },
  );

  it('proves its key where it has no token yet', async () => {
    const deviceKey = await generateDeviceKey();
    const server = await proving(deviceKey.jkt, json(200, STATUS));
    expect(await new HTTPTransportAdapter({ baseUrl: server.baseUrl, deviceKey }).getStatus()).toEqual(
      STATUS,
    );
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
  });

  it('signs a stream, and anew each time it connects again or a submit is repeated', async () => {
    const deviceKey = await generateDeviceKey();
    const server = await proving(
      deviceKey.jkt,
      stream(events(update(1)), cut),
      stream(events(update(2, 'completed')), stay),
      refuse(new MeshError('unavailable', 'busy'), 503),
      json(201, { id: ID }),
    );
    const adapter = new HTTPTransportAdapter({ baseUrl: server.baseUrl, token: 'bound', deviceKey });
    const seen: number[] = [];
    for await (const { version } of adapter.streamTaskUpdates(ID)) seen.push(version);
    expect(seen).toEqual([1, 2]);
    await adapter.submitTask({ description: 'd', input: 'i' });
    expect(new Set(server.proofs.map(({ jti }) => jti)).size).toBe(4);
  });

  it('does not get in with another key than its token is bound to, nor is it tried twice', async () => {
    const [mine, stolen] = [await generateDeviceKey(), await generateDeviceKey()];
    const server = await proving(mine.jkt, json(200, STATUS));
    const adapter = new HTTPTransportAdapter({ baseUrl: server.baseUrl, token: 'bound', deviceKey: stolen });
    await expect(adapter.getStatus()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'the DPoP proof is of another key than the token is bound to',
    });
    expect(server.asked).toHaveLength(1);
  });

  it('says which option is wrong when the key is none', async () => {
    const server = await scripted(json(200, STATUS));
    const adapter = new HTTPTransportAdapter({ baseUrl: server.baseUrl, deviceKey: { kty: 'EC' } as never });
    await expect(adapter.getStatus()).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'deviceKey' },
    });
    expect(server.asked).toHaveLength(0);
  });
});

/** A source of tokens that counts them. */
const numbered = () => {
  const refusals: (string | undefined)[] = [];
  const token = async (refused?: string) => `token-${refusals.push(refused)}`;
  return { refusals, token };
};
const tokens = ({ asked }: Awaited<ReturnType<typeof scripted>>) =>
  asked.map(({ headers }) => headers.authorization);

const never = () => new Promise<string>(stay);
const no = (error: Error) => async (): Promise<string> => {
  throw error;
};

describe('a client whose token is asked for', () => {
  const expired = refuse(new MeshError('unauthenticated', 'the token is unknown, expired or revoked'), 401);
  it('asks before each request', async () => {
    const server = await scripted(json(200, STATUS));
    const adapter = new HTTPTransportAdapter({ baseUrl: server.baseUrl, token: numbered().token });
    await adapter.getStatus();
    await adapter.getStatus();
    expect(tokens(server)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('asks again after a 401, saying which was refused, and sends the request once more', async () => {
    const server = await scripted(expired, json(201, { id: ID }));
    const { refusals, token } = numbered();
    const adapter = new HTTPTransportAdapter({ baseUrl: server.baseUrl, token });
    expect(await adapter.submitTask({ description: 'd', input: 'i' })).toEqual({ id: ID });
    expect(refusals).toEqual([undefined, 'token-1']);
    expect(server.asked[0]?.body).toBe(server.asked[1]?.body);
  });

  it('gives up after the second 401, and after the first where the token is fixed', async () => {
    const server = await scripted(expired);
    const adapter = new HTTPTransportAdapter({ baseUrl: server.baseUrl, token: numbered().token });
    await expect(adapter.getStatus()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(tokens(server)).toEqual(['Bearer token-1', 'Bearer token-2']);
    await expect(server.adapter.getStatus()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(server.asked).toHaveLength(3);
  });

  it('opens a stream again with a new token and a new proof after a 401, and goes on where it was', async () => {
    const deviceKey = await generateDeviceKey();
    const server = await proving(
      deviceKey.jkt,
      stream(events(update(1)), cut),
      expired,
      stream(events(update(2, 'completed')), stay),
    );
    const adapter = new HTTPTransportAdapter({ baseUrl: server.baseUrl, token: numbered().token, deviceKey });
    const seen: number[] = [];
    for await (const { version } of adapter.streamTaskUpdates(ID)) seen.push(version);
    expect(seen).toEqual([1, 2]);
    expect(tokens(server)).toEqual(['DPoP token-1', 'DPoP token-2', 'DPoP token-3']);
    expect(server.asked[2]?.headers['last-event-id']).toBe('1');
  });

  it('says so when there is none, keeps a reason of ours, and sends nothing', async () => {
    const server = await scripted(json(200, STATUS));
    const failing = (error: Error) =>
      new HTTPTransportAdapter({ baseUrl: server.baseUrl, token: no(error) }).getStatus();
    await expect(failing(new Error('the keyring is locked'))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'there is no token to send: the keyring is locked',
    });
    await expect(failing(new MeshError('unauthenticated', 'sign in'))).rejects.toMatchObject({
      message: 'sign in',
    });
    expect(server.asked).toHaveLength(0);
  });

  it('does not wait longer than its time for one that never comes', async () => {
    const adapter = new HTTPTransportAdapter({ baseUrl: 'http://127.0.0.1:9', token: never, timeoutMs: 50 });
    await expect(adapter.getStatus()).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const updates = new HTTPTransportAdapter({
      baseUrl: 'http://127.0.0.1:9',
      token: never,
    }).streamTaskUpdates(ID);
    const waiting = updates.next();
    await updates.return?.();
    expect(await waiting).toMatchObject({ done: true });
  });
});
