import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTTPTransportAdapter } from '#transports/http/client';
import { freshDatabase, startNats, startPostgres } from '#test/servers';
import type { NatsServer, PostgresServer } from '#test/servers';
import { plant, watchFor } from '../planted-secrets.js';
import { freePort } from '../servers/port.js';
import { keepRecords } from './keep-records.js';
import { startProcess } from './mesh-process.js';
import type { MeshProcess } from './mesh-process.js';

const TOKEN = plant('token');
const OTHER_TENANTS_TOKEN = plant('token');

/** A deployment of the product, with servers and folder of its own. Everything ends with `close`. */
export type Deployment = Readonly<{
  mode: 'local-only' | 'remote-enabled';
  folder: string;
  env: NodeJS.ProcessEnv;
  nats: NatsServer | null;
  postgres: PostgresServer | null;
  /** Starts a process; without roles it has all. A second call with the same port replaces a killed one. */
  start(options?: Readonly<{ roles?: string; port?: number; env?: NodeJS.ProcessEnv }>): Promise<Started>;
  /** A client of the API process on that port. */
  client(port: number, token?: string): Promise<HTTPTransportAdapter>;
  token(): Promise<string>;
  otherTenantsToken: string;
  close(): Promise<void>;
}>;

export type Started = MeshProcess & Readonly<{ port: number; url: string }>;

export type DeploymentOptions = Readonly<{
  /** A Postgres server of its own, to be stopped and killed; else a fresh database on the run's. */
  ownPostgres?: boolean;
  env?: NodeJS.ProcessEnv;
  /** Replaces the database's address, e.g. by that of a fault proxy. */
  databaseUrl?: string;
}>;

/** Prepares servers, folder and configuration; starts no process yet. */
export async function aDeployment(
  mode: Deployment['mode'],
  options: DeploymentOptions = {},
): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-deployment-'));
  await mkdir(join(folder, '.coderClaw'), { recursive: true });
  const remote = mode === 'remote-enabled' ? await remoteServers(options) : null;
  if (remote) await writeFile(join(folder, '.coderClaw', 'runtime.yaml'), TOKENS);
  const env = { ...cleanEnvironment(), CODERCLAW_MODE: mode, ...remote?.env, ...options.env };
  const token = async () => (remote ? TOKEN : watchFor('the token of a local server', await tokenIn(folder)));
  const running = processesIn(folder, env);
  const clients = clientsWith(token);
  return {
    mode,
    folder,
    env,
    nats: remote?.nats ?? null,
    postgres: remote?.postgres ?? null,
    token,
    otherTenantsToken: OTHER_TENANTS_TOKEN,
    start: running.start,
    client: clients.client,
    async close() {
      await clients.close();
      await running.close();
      await keepRecords({
        folder,
        databaseUrl: remote?.env.CODERCLAW_DATABASE_URL,
        natsUrl: remote?.nats.url,
      });
      await remote?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const tokenIn = async (folder: string): Promise<string> =>
  (await readFile(join(folder, '.coderClaw', 'data', 'token'), 'utf8')).trim();

/** Broker and database, and the settings by which a process finds them. */
async function remoteServers({ ownPostgres, databaseUrl }: DeploymentOptions) {
  const nats = await startNats();
  const postgres = ownPostgres ? await startPostgres() : null;
  const database = postgres || databaseUrl ? null : await freshDatabase();
  const env = {
    CODERCLAW_DATABASE_URL: databaseUrl ?? postgres?.url ?? database?.url,
    CODERCLAW_NATS_URL: nats.url,
    CODERCLAW_EXECUTION_SHELL: 'bare',
  };
  return { nats, postgres, env, stop: () => Promise.all([nats.stop(), postgres?.stop(), database?.drop()]) };
}

function processesIn(folder: string, env: NodeJS.ProcessEnv) {
  const started: MeshProcess[] = [];
  const start: Deployment['start'] = async ({ roles, port, env: more = {} } = {}) => {
    const listen = port ?? (await freePort());
    const args = ['--port', String(listen), ...(roles ? ['--roles', roles] : [])];
    const running = await startProcess(args, { cwd: folder, env: { ...env, ...more } });
    started.push(running);
    return { ...running, port: listen, url: `http://127.0.0.1:${listen}` };
  };
  return { start, close: () => Promise.all(started.map((running) => running.kill())) };
}

function clientsWith(token: () => Promise<string>) {
  const clients: HTTPTransportAdapter[] = [];
  const client: Deployment['client'] = async (port, other) => {
    const opened = new HTTPTransportAdapter({
      baseUrl: `http://127.0.0.1:${port}`,
      token: other ?? (await token()),
    });
    clients.push(opened);
    return opened;
  };
  return { client, close: () => Promise.all(clients.map((opened) => opened.close())) };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const TOKENS = `access:
  tokens:
    - { name: tests, user: tester, roles: [admin], sha256: ${sha256(TOKEN)} }
    - { name: others, user: stranger, tenant: elsewhere, roles: [admin], sha256: ${sha256(OTHER_TENANTS_TOKEN)} }
`;

/** What this process's own environment says about CoderClaw must not reach the deployment. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CODERCLAW_')));
