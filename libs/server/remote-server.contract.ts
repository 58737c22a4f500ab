import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateDeviceKey, newJti, signProof } from '#contract/dpop';
import type { DeviceKey } from '#contract/dpop';
import { loadConfig } from '#platform';
import { keepOutput } from '#test/leaks/run-folder';
import { plant, watchFor } from '#test/planted-secrets';
import { freshDatabase, startNats } from '#test/servers';
import { freePort } from '#test/servers/port';
import { initialise } from './initialise.js';
import { serve } from './serve.app.js';

/** An answer, read. */
export type Answer = Readonly<{
  status: number;
  headers: Headers;
  text: string;
  body: Readonly<Record<string, unknown>>;
}>;

export type Sent = Readonly<{
  json?: unknown;
  form?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  /** Signs the request. */
  key?: DeviceKey;
  token?: unknown;
}>;

/** An API process of a remote deployment. Its address is known before it starts, as those who vouch for people need it. */
export async function aRemoteServer() {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-remote-'));
  const { url: databaseUrl, drop } = await freshDatabase();
  const nats = await startNats();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const base = {
    mode: 'remote-enabled',
    database: { url: databaseUrl },
    nats: { url: nats.url },
    http: { port, publicUrl: url },
  };
  mkdirSync(join(folder, '.coderClaw'));
  const configure = (settings: object) =>
    writeFileSync(join(folder, '.coderClaw', 'runtime.yaml'), JSON.stringify({ ...base, ...settings })); // is YAML
  configure({});
  const admin = { name: 'root', password: plant('password') };
  const serving: { close(): Promise<void> }[] = [];
  return {
    url,
    databaseUrl,
    admin,
    configure,
    send: (method: string, path: string, sent: Sent = {}) => send(method, url + path, sent),
    config: () => loadConfig({ cwd: folder }),
    start: async () => void serving.push(await serve({ workspace: folder, roles: ['api', 'projector'] })),
    close: async () => {
      for (const running of serving) await running.close();
      await nats.stop();
      await drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type RemoteServer = Awaited<ReturnType<typeof aRemoteServer>>;

/** One that has its first admin and runs. */
export async function aRunningServer(): Promise<RemoteServer> {
  const server = await aRemoteServer();
  await initialise(server.config(), server.admin);
  await server.start();
  return server;
}

async function send(method: string, url: string, sent: Sent): Promise<Answer> {
  const { json, form } = sent;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(json === undefined ? {} : JSON_TYPE),
      ...(await shown(method, url, sent)),
      ...sent.headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  const text = await response.text();
  if (response.status >= 400) keepOutput('http-errors', `${text}\n`);
  const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  for (const name of ['accessToken', 'refreshToken'])
    if (typeof body[name] === 'string') watchFor(name, body[name]);
  return { status: response.status, headers: response.headers, text, body };
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** The token, and the proof of the key that it is bound to. */
async function shown(method: string, url: string, { key, token }: Sent): Promise<Record<string, string>> {
  const accessToken = token as string | undefined;
  const authorization: Record<string, string> =
    accessToken === undefined ? {} : { authorization: `${key ? 'DPoP' : 'Bearer'} ${accessToken}` };
  if (!key) return authorization;
  const proven = { method, url, accessToken, now: new Date(), jti: newJti() };
  return { ...authorization, dpop: await signProof(key, proven) };
}

export { generateDeviceKey as aKey };
