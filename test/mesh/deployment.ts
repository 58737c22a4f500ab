import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTTPTransportAdapter } from '#transports/http/client';
import { freshDatabase, startNats, startPostgres } from '#test/servers';
import type { NatsServer, PostgresServer } from '#test/servers';
import { plant, watchFor } from '../planted-secrets.js';
import { freePort } from '../servers/port.js';
import { init } from './init.js';
import { keepRecords } from './keep-records.js';
import { adminMembership, localMembership } from './membership.js';
import type { Membership } from './membership.js';
import { startProcess } from './mesh-process.js';
import type { MeshProcess } from './mesh-process.js';

/** A deployment of the product, with servers and folder of its own. Everything ends with `close`. */
export type Deployment = Pick<Membership, 'token' | 'admin' | 'fetch'> &
  Readonly<{
    mode: 'local-only' | 'remote-enabled';
    folder: string;
    env: NodeJS.ProcessEnv;
    nats: NatsServer | null;
    postgres: PostgresServer | null;
    /** Starts a process; without roles it has all. A second call with the same port replaces a killed one. */
    start(options?: Readonly<{ roles?: string; port?: number; env?: NodeJS.ProcessEnv }>): Promise<Started>;
    /** A client of the API process on that port, whose requests are signed where the deployment knows devices. */
    client(port: number): Promise<HTTPTransportAdapter>;
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

/** What tasks do there needs no sandbox, and the same everywhere; the specs of boxes ask for one. */
const UNCONFINED = { CODERCLAW_EXECUTION_SANDBOX: 'none' };

/** Prepares servers, folder and configuration; starts no process yet. */
export async function aDeployment(
  mode: Deployment['mode'],
  options: DeploymentOptions = {},
): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-deployment-'));
  await mkdir(join(folder, '.coderClaw'), { recursive: true });
  const remote = mode === 'remote-enabled' ? await remoteServers(options) : null;
  const env = { ...cleanEnvironment(), ...UNCONFINED, CODERCLAW_MODE: mode, ...remote?.env, ...options.env };
  const membership = remote ? await prepared(folder, env) : localMembership(() => tokenIn(folder));
  const running = processesIn(folder, env, membership);
  const clients = clientsOf(membership);
  return {
    mode,
    folder,
    env,
    nats: remote?.nats ?? null,
    postgres: remote?.postgres ?? null,
    token: membership.token,
    admin: membership.admin,
    fetch: membership.fetch,
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
  watchFor(
    'the token of a local server',
    (await readFile(join(folder, '.coderClaw', 'data', 'token'), 'utf8')).trim(),
  );

/** Sessions outlast every test, and the one dangerous skill is allowed: to who has a verified device, as ever. */
const SETTINGS = 'sessions: { accessTokenMinutes: 1440 }\n';
const POLICY = 'skillPolicies: [{ skillId: shell-exec, dangerous: true }]\n';

/** What an operator does before a remote deployment is started. */
async function prepared(folder: string, env: NodeJS.ProcessEnv): Promise<Membership> {
  await writeFile(join(folder, '.coderClaw', 'runtime.yaml'), SETTINGS);
  await writeFile(join(folder, '.coderClaw', 'security.yaml'), POLICY);
  const admin = { name: 'admin', password: plant('password') };
  await init(admin, { cwd: folder, env });
  return adminMembership(admin);
}

/** Broker and database, and the settings by which a process finds them. */
async function remoteServers({ ownPostgres, databaseUrl }: DeploymentOptions) {
  const nats = await startNats();
  const postgres = ownPostgres ? await startPostgres() : null;
  const database = postgres || databaseUrl ? null : await freshDatabase();
  const env = {
    CODERCLAW_DATABASE_URL: databaseUrl ?? postgres?.url ?? database?.url,
    CODERCLAW_NATS_URL: nats.url,
  };
  return { nats, postgres, env, stop: () => Promise.all([nats.stop(), postgres?.stop(), database?.drop()]) };
}

function processesIn(folder: string, env: NodeJS.ProcessEnv, membership: Membership) {
  const started: MeshProcess[] = [];
  const start: Deployment['start'] = async ({ roles, port, env: more = {} } = {}) => {
    const listen = port ?? (await freePort());
    const args = ['--port', String(listen), ...(roles ? ['--roles', roles] : [])];
    const running = await startProcess(args, { cwd: folder, env: { ...env, ...more } });
    started.push(running);
    const url = `http://127.0.0.1:${listen}`;
    if (!roles || roles.includes('api')) await membership.started(url);
    return { ...running, port: listen, url };
  };
  return { start, close: () => Promise.all(started.map((running) => running.kill())) };
}

function clientsOf({ credentials }: Membership) {
  const clients: HTTPTransportAdapter[] = [];
  const client: Deployment['client'] = async (port) => {
    const opened = new HTTPTransportAdapter({
      baseUrl: `http://127.0.0.1:${port}`,
      ...(await credentials()),
    });
    clients.push(opened);
    return opened;
  };
  return { client, close: () => Promise.all(clients.map((opened) => opened.close())) };
}

/** What this process's own environment says about CoderClaw must not reach the deployment. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CODERCLAW_')));
