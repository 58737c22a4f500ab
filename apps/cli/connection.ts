import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { MeshError } from '#errors';
import type { RuntimeInterface, TaskSubmitRequest } from '#contract';
import type { Config } from '#platform';
import { apiOf } from './api.js';
import type { Api, Endpoint } from './api.js';
import { locate } from './endpoint.js';
import type { ConnectOptions } from './endpoint.js';
import { folderOf } from './folder.js';
import type { Io } from './io.js';
import { passing } from './passing.js';
import { wayBack } from './way-back.js';
import { archiveOf } from './workspace-archive.js';

/**
 * What a verb needs: a `server` that goes on when we leave; a `worker`, if need be one in this process; or only the
 * `log` and what is folded from it.
 */
export type Need = 'server' | 'worker' | 'log';

/** What every way to a runtime has. */
export type Opened = Readonly<{
  /** Flags that lead another call to the same place, with a space before them. */
  flags: string;
  /** How to sign in there, where nobody has. */
  signIn?: string | undefined;
  /** Sends the folder that was named to where the worker is; gives the request's `workspace`. */
  sendWorkspace?: () => Promise<TaskSubmitRequest['workspace']>;
  close(): Promise<void>;
}>;

export type Connection = Opened &
  Readonly<{
    runtime: RuntimeInterface;
    /** The task is run by this process, and stops when it ends. */
    inProcess: boolean;
    /** A server works on: tasks go on when we leave. */
    served: boolean;
  }>;

export type ApiConnection = Opened &
  Readonly<{
    api: Api;
    /** What people call the place. */
    name: string;
  }>;

export type OpenOptions = ConnectOptions &
  Readonly<{
    workspace?: string;
    onProgress?: (message: string) => void;
    /** Where a runtime in this process logs. @default stderr */
    logTo?: Readonly<{ write(line: string): void }>;
  }>;

export type ApiOptions = OpenOptions &
  Readonly<{
    /** Only to read: where there is no data folder, none is made. @default false */
    reads?: boolean;
  }>;

/** How commands reach a runtime; specs bring a scripted one. */
export type Connector = Readonly<{
  /** @throws {MeshError} `unavailable` if it takes a server and none is running */
  runtime(need: Need, options: OpenOptions): Promise<Connection>;
  /** For what is no part of the runtime's interface. */
  api(options: ApiOptions): Promise<ApiConnection>;
}>;

/** The real one: a server if there is one, else this process. */
export const connector = (io: Pick<Io, 'env' | 'cwd' | 'home'>): Connector => ({
  async runtime(need, options) {
    const place = await locate(options, io);
    if (place.endpoint) {
      const { endpoint } = place;
      if (options.workspace === undefined) return served(endpoint);
      if (endpoint.local) throw elsewhere();
      const folder = resolve(io.cwd, options.workspace);
      return { ...(await served(endpoint)), sendWorkspace: () => sendWorkspace(endpoint, folder, options) };
    }
    const workspace =
      options.workspace === undefined ? io.cwd : folderOf('workspace', options.workspace, io.cwd);
    return WITHOUT_SERVER[need](place.config, { ...options, workspace }, io);
  },
  async api(options) {
    const place = await locate(options, io);
    if (place.endpoint) return asking(place.endpoint, async () => {});
    const { reads, onProgress } = options;
    const { endpoint, close } = await passing({ dataDir: place.config.dataDir, reads, onProgress });
    return asking({ ...endpoint, name: 'this machine (local-only, no server is running)' }, close);
  },
});

async function sendWorkspace(
  endpoint: Endpoint,
  folder: string,
  { onProgress = () => {} }: OpenOptions,
): Promise<TaskSubmitRequest['workspace']> {
  const content = new Uint8Array(await archiveOf(folder, onProgress));
  const digest = createHash('sha256').update(content).digest('base64');
  const headers = { 'repr-digest': `sha-256=:${digest}:` };
  const stored = await apiOf(endpoint).send<{ digest: string }>('POST', '/v1/artifacts', {
    content,
    headers,
  });
  return { archive: stored.digest };
}

const asking = (endpoint: Endpoint, close: () => Promise<void>): ApiConnection => ({
  api: apiOf(endpoint),
  name: endpoint.name,
  flags: endpoint.flags,
  signIn: endpoint.signIn,
  close,
});

type Open = (config: Config, options: OpenOptions, io: Pick<Io, 'home'>) => Promise<Connection>;

const WITHOUT_SERVER = {
  server: async (_config, _options, io) => {
    throw noServer(await wayBack(io));
  },
  worker: inThisProcess,
  async log({ dataDir }, { onProgress }) {
    // Where nothing was ever kept there is nothing to change either.
    const { endpoint, close } = await passing({ dataDir, reads: true, onProgress });
    const connection = await served(endpoint);
    return {
      ...connection,
      served: false,
      close: async () => {
        await connection.close();
        await close();
      },
    };
  },
} satisfies Record<Need, Open>;

async function served({ baseUrl, flags, signIn, ...options }: Endpoint): Promise<Connection> {
  const { connect } = await import('#client');
  const runtime = connect(baseUrl, options);
  return { runtime, inProcess: false, served: true, flags, signIn, close: () => runtime.close() };
}

async function inThisProcess(
  { dataDir }: Config,
  { workspace, onProgress, logTo }: OpenOptions,
): Promise<Connection> {
  const { openLocalRuntime } = await import('#server');
  const runtime = await openLocalRuntime({
    dataDir,
    ...(workspace === undefined ? {} : { workspace }),
    ...(onProgress ? { onProgress } : {}),
    ...(logTo ? { logTo } : {}),
  });
  return { runtime, inProcess: true, served: false, flags: '', close: () => runtime.close() };
}

const noServer = (elsewhere: string | undefined) =>
  new MeshError('unavailable', 'no server is running: nobody would work on the task', {
    hint: [
      'start one with `coderclaw serve`, or use `coderclaw run`, which needs none',
      ...(elsewhere === undefined ? [] : [elsewhere]),
    ].join('; '),
  });

const elsewhere = () =>
  new MeshError('unsupported', '--workspace: the server works in the folder it was started for', {
    field: 'workspace',
    hint: 'leave --workspace out, or stop the server and use `coderclaw run`, or name another --data-dir',
  });
