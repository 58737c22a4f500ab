import { connect } from 'node:net';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from './server-process.js';
import { natsServerBinary } from './nats-binary.mjs';
import { retryOnTakenPort } from './retry-on-taken-port.js';
import { temporaryFolder } from './folder.js';

/** A broker of one's own. `start` after `stop` or `kill` is on the same port and store. */
export type NatsServer = Readonly<{
  /** `nats://127.0.0.1:<port>` */
  url: string;
  port: number;
  storeDir: string;
  /** Ends it for good order's sake; its folder is removed when this process ends. */
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Deletes all it stored; only while it is down. */
  wipeStore(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
}>;

export type NatsOptions = Readonly<{
  /** @default a folder in the server's own temporary folder */
  storeDir?: string;
  /** @default a free one */
  port?: number;
  /** Further lines of its configuration; a block given here replaces ours (jetstream, server_name, …). */
  config?: string;
}>;

/** Starts a broker with JetStream on the loopback and waits until it serves. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  return retryOnTakenPort(options.port, (port) => startOn(port, options));
}

async function startOn(port: number, options: NatsOptions): Promise<NatsServer> {
  const program = await natsServerBinary();
  const folder = (await temporaryFolder()).path;
  const storeDir = options.storeDir ?? join(folder, 'store');
  const configFile = join(folder, 'nats.conf');
  await writeFile(configFile, configuration(port, storeDir, options.config));
  const server = new ServerProcess({
    program,
    args: ['-c', configFile],
    logFile: join(folder, 'log'),
    stopSignal: 'SIGTERM',
    isReady: () => greets(port),
  });
  await server.start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    wipeStore: () => rm(storeDir, { recursive: true, force: true }),
    pause: () => server.pause(),
    resume: () => server.resume(),
  };
}

const configuration = (port: number, storeDir: string, more = ''): string => `
listen: "127.0.0.1:${port}"
server_name: "test-${port}"
jetstream { store_dir: ${JSON.stringify(storeDir)}, max_memory_store: 256MB, max_file_store: 4GB }
${more}
`;

/** Whether the broker speaks: its first line is `INFO {…}`. */
const greets = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (greeting) => {
      resolve(greeting.toString('latin1').startsWith('INFO '));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
