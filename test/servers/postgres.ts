import { execFile } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type Identity, unprivileged } from './identity.js';
import { type TemporaryFolder, everyoneReaches, temporaryFolder } from './folder.js';
import { ServerProcess } from './server-process.js';
import { postgresBinaries } from './postgres-binary.mjs';
import { retryOnTakenPort } from './retry-on-taken-port.js';

const exec = promisify(execFile);

/** A Postgres of one's own. `start` after `stop` or `kill` is on the same port and folder. */
export type PostgresServer = Readonly<{
  /** `postgresql://postgres@127.0.0.1:<port>/postgres`; nobody asks for a password */
  url: string;
  port: number;
  /** the folder of its unix socket */
  socketDir: string;
  dataDir: string;
  /** Ends it in good order ("fast": open sessions are ended); its folder is removed when this process ends. */
  stop(): Promise<void>;
  /** `kill -9` of the server and all its backends at once. */
  kill(): Promise<void>;
  start(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
}>;

export type PostgresOptions = Readonly<{
  /** @default a free one */
  port?: number;
  /** Server settings beyond ours, which they win over, such as `{ max_connections: '20' }`. */
  settings?: Readonly<Record<string, string>>;
}>;

/** What is durable is durable here too: the tests' promises are about commits that survive. */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  max_prepared_transactions: '0',
  max_connections: '200',
  listen_addresses: '127.0.0.1',
};

/** Makes a new database cluster, starts a server on it and waits until it serves. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const as = await unprivileged();
  const folder = await temporaryFolder(as);
  const bin = await reachableBinaries(folder, as);
  const dataDir = join(folder.path, 'data');
  const args = [
    '-D',
    dataDir,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  await exec(join(bin, 'initdb'), args, { ...as, cwd: folder.path });
  return retryOnTakenPort(options.port, (port) =>
    startOn(port, { folder: folder.path, bin, as }, options.settings),
  );
}

/** Where the programs are, or a copy of them if whom we run them as may not go there (a project under /root). */
async function reachableBinaries(folder: TemporaryFolder, as: Identity | undefined): Promise<string> {
  const bin = await postgresBinaries();
  if (!as || (await everyoneReaches(bin))) return bin;
  const copy = join(folder.path, 'programs');
  await mkdir(copy);
  await cp(join(bin, '..'), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, basename(bin));
}

type Place = Readonly<{ folder: string; bin: string; as: Identity | undefined }>;

async function startOn(
  port: number,
  place: Place,
  settings: PostgresOptions['settings'],
): Promise<PostgresServer> {
  const { folder, bin, as } = place;
  const dataDir = join(folder, 'data');
  const all = { ...SETTINGS, port: `${port}`, unix_socket_directories: folder, ...settings };
  const server = new ServerProcess({
    program: join(bin, 'postgres'),
    args: ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    logFile: join(folder, 'log'),
    as,
    cwd: folder,
    stopSignal: 'SIGINT',
    isReady: (pid) => saysReady(dataDir, pid),
  });
  await server.start();
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    port,
    socketDir: folder,
    dataDir,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    pause: () => server.pause(),
    resume: () => server.resume(),
  };
}

/** Postgres keeps its state in its pid file: the pid first, `ready` on the eighth line. */
async function saysReady(dataDir: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}
