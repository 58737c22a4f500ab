import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { decodeProtectedHeader } from 'jose';
import { exportDeviceKey, generateDeviceKey } from '#contract/dpop';
import { credentialStore } from './credentials.js';
import type { Credential, CredentialStore } from './credentials.js';
import { refreshing } from './refreshing.js';

const NOW = new Date('2026-01-01T00:00:00.000Z');
const now = () => NOW;
const aMinuteLater = () => new Date(NOW.getTime() + 60_000);
const inSeconds = (seconds: number, from = NOW) => new Date(from.getTime() + seconds * 1000).toISOString();

const aCredential: Credential = {
  user: 'ada',
  sessionId: 's',
  accessToken: 'access-0',
  expiresAt: inSeconds(59),
  refreshToken: 'refresh-0',
};

/** Rotates refresh tokens as the product does: a second use of one ends the family. */
async function aServer(answer: (asked: IncomingMessage) => number = () => 200) {
  const used: string[] = [];
  const asked: IncomingMessage[] = [];
  let dead = false;
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const { refreshToken } = body as { refreshToken: string };
      asked.push(request);
      const status = answer(request);
      if (status === 0) {
        request.socket.destroy();
        return;
      }
      if (used.includes(refreshToken)) dead = true;
      used.push(refreshToken);
      const rotated = {
        accessToken: `access-${used.length}`,
        refreshToken: `refresh-${used.length}`,
        expiresIn: 900,
        tokenType: 'DPoP',
        sessionId: 's',
      };
      const refused = { code: 'unauthenticated', detail: 'the refresh token was used before' };
      response.writeHead(dead ? 401 : status).end(JSON.stringify(dead || status !== 200 ? refused : rotated));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, used, asked };
}

let folder: string;
let file: string;
let store: CredentialStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'refreshing-'));
  file = join(folder, '.coderClaw', 'credentials.json');
  store = credentialStore(file);
});
afterEach(() => rmSync(folder, { recursive: true }));

const keep = (url: string, changes: Partial<Credential> = {}) =>
  store.change(url, async () => ({ ...aCredential, ...changes }));

describe('a token for a server', () => {
  it('is the one that is kept while a minute is left', async () => {
    const { url, used } = await aServer();
    await keep(url, { expiresAt: inSeconds(60) });
    expect(await refreshing(store, { now }).tokenFor(url)).toBe('access-0');
    expect(used).toEqual([]);
  });

  it('is refreshed when less is left, and all that came is kept', async () => {
    const { url, asked } = await aServer();
    await keep(url, { deviceId: 'd' });
    expect(await refreshing(store, { now }).tokenFor(`${url}/`)).toBe('access-1');
    expect(await store.find(url)).toEqual({
      ...aCredential,
      deviceId: 'd',
      accessToken: 'access-1',
      refreshToken: 'refresh-1',
      expiresAt: inSeconds(900),
    });
    expect(asked.map((request) => [request.method, request.url])).toEqual([['POST', '/v1/auth/refresh']]);
    expect(asked[0]?.headers['dpop']).toBeUndefined();
  });

  it('is refreshed with a proof of the key it is bound to', async () => {
    const { url, asked } = await aServer();
    const { d, ...publicJwk } = await exportDeviceKey(await generateDeviceKey());
    await keep(url, { privateJwk: { ...publicJwk, d } as NonNullable<Credential['privateJwk']> });
    await refreshing(store, { now }).tokenFor(url);
    const proof = String(asked[0]?.headers['dpop']);
    expect(decodeProtectedHeader(proof)).toMatchObject({ typ: 'dpop+jwt', jwk: publicJwk });
    const claims: unknown = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ htm: 'POST', htu: `${url}/v1/auth/refresh`, iat: NOW.getTime() / 1000 });
    expect((await store.find(url))?.privateJwk).toEqual({ ...publicJwk, d });
  });

  it('is refreshed early when the server refused it, and once, though two requests were refused with it', async () => {
    const { url, used } = await aServer();
    await keep(url, { expiresAt: inSeconds(600) });
    const { tokenFor } = refreshing(store, { now });
    expect(await Promise.all([tokenFor(url, 'access-0'), tokenFor(url, 'access-0')])).toEqual([
      'access-1',
      'access-1',
    ]);
    expect(used).toEqual(['refresh-0']);
  });

  it('is what is left of the old one while the server is away, and none after', async () => {
    const { url } = await aServer(() => 0);
    await keep(url);
    expect(await refreshing(store, { now }).tokenFor(url)).toBe('access-0');
    await expect(refreshing(store, { now }).tokenFor(url, 'access-0')).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(refreshing(store, { now: aMinuteLater }).tokenFor(url)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('is none where nobody is signed in, or the session is over, and the way in is said', async () => {
    const { url } = await aServer(() => 401);
    const hint = { hint: `sign in with \`coderclaw login --url ${url}\`` };
    await expect(refreshing(store).tokenFor(url)).rejects.toMatchObject({
      code: 'unauthenticated',
      details: hint,
    });
    await keep(url);
    await expect(refreshing(store, { now }).tokenFor(url)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: `your session on ${url} is not renewed: the refresh token was used before`,
      details: hint,
    });
    expect(await store.find(url)).toEqual(aCredential); // the device's key is in it, and outlives its session
  });

  it.each([500, 503, 404])('is not taken from a server that answers %i', async (status) => {
    const { url } = await aServer(() => status);
    await keep(url, { expiresAt: inSeconds(-1) });
    await expect(refreshing(store, { now }).tokenFor(url)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${url} answered ${status} to a refresh`,
    });
  });

  it('is refreshed by one of several processes that want it at once; the others take what it got', async () => {
    const { url, used } = await aServer();
    await keep(url, { expiresAt: new Date(Date.now() + 1_000).toISOString() });
    const program = fileURLToPath(new URL('../../test/refreshing-process.mjs', import.meta.url));
    const processes = Array.from({ length: 3 }, () => fork(program, [file, url], { execArgv: [] }));
    onTestFinished(() => processes.forEach((child) => child.kill('SIGKILL')));
    await Promise.all(processes.map((child) => once(child, 'message')));
    const answers = processes.map(async (child) => (await once(child, 'message'))[0] as object);
    for (const child of processes) child.send('ask');
    expect(await Promise.all(answers)).toEqual([1, 2, 3].map(() => ({ token: 'access-1' })));
    expect(used).toEqual(['refresh-0']);
  });
});
