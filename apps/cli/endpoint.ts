import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RuntimeMode } from '#contract';
import { MeshError } from '#errors';
import type { Config } from '#platform';
import type { Endpoint } from './api.js';
import type { Io } from './io.js';
import { accessTo } from './signed-in.js';
import { isListening, socketFetch } from './socket-fetch.js';

/** Flags every command has. */
export type ConnectOptions = Readonly<{ url?: string; token?: string; dataDir?: string }>;

export const SOCKET = 'coderclaw.sock';
const TOKEN_FILE = 'token';

/** A server to ask, or none, and then the configuration that says where one would keep its data. */
export type Place = Readonly<{ endpoint: Endpoint } | { endpoint: null; config: Config }>;

type Here = Pick<Io, 'env' | 'cwd' | 'home'>;

/**
 * Where to ask: the address given; else a local server on the data folder; else, in a remote mode, this machine's port.
 * Who asks: the token given; else whoever signed in there with `coderclaw login`.
 *
 * @throws {MeshError} `invalid_request` if the configuration is bad, `access_denied` if the token is not ours to read
 */
export async function locate(options: ConnectOptions, io: Here): Promise<Place> {
  const token = tokenGiven(options, io);
  const server = await serverAddress(options, io);
  if ('url' in server) return { endpoint: await remote(server, token, io) };

  const { config } = server;
  const socket = join(config.dataDir, SOCKET);
  if (!(await isListening(socket))) return { endpoint: null, config };
  const flags = options.dataDir ? ` --data-dir ${options.dataDir}` : '';
  const given = token !== undefined;
  return {
    endpoint: await localEndpoint(socket, token ?? join(config.dataDir, TOKEN_FILE), { flags, given }),
  };
}

/** A token that was given for this one call. An empty variable gives none. */
export const tokenGiven = ({ token }: ConnectOptions, { env }: Pick<Io, 'env'>): string | undefined =>
  token ?? (env['CODERCLAW_TOKEN'] || undefined);

/** The server's address and the flags that lead there; none in local-only mode, where there may be no server. */
export async function serverAddress(
  options: ConnectOptions,
  io: Here,
): Promise<Readonly<{ url: string; flags: string } | { config: Config }>> {
  const url = options.url ?? io.env['CODERCLAW_URL'];
  if (url) return { url: checked(url), flags: options.url ? ` --url ${url}` : '' };
  const config = await configOf(options, io);
  if (config.mode === 'local-only') return { config };
  return { url: `http://127.0.0.1:${config.http.port}`, flags: '' };
}

/** What files, environment and flags say. Loaded on demand: `--help` needs none of it. */
export async function configOf(
  { dataDir, mode }: ConnectOptions & Readonly<{ mode?: RuntimeMode | undefined }>,
  { env, cwd, home }: Here,
): Promise<Config> {
  const { loadConfig } = await import('#platform');
  const flags = {
    ...(dataDir === undefined ? {} : { dataDir: resolve(cwd, dataDir) }),
    ...(mode === undefined ? {} : { mode }),
  };
  return loadConfig({ cwd, env, home, flags });
}

/** A server behind a Unix socket. `token` is the token itself if `given`, else the file that holds it. */
export async function localEndpoint(
  socket: string,
  token: string,
  { flags, given }: Readonly<{ flags: string; given: boolean }>,
): Promise<Endpoint> {
  return {
    baseUrl: 'http://localhost',
    token: given ? token : await readToken(token),
    fetch: socketFetch(socket),
    local: true,
    name: `the local server (${socket})`,
    flags,
  };
}

async function remote(
  { url, flags }: Readonly<{ url: string; flags: string }>,
  token: string | undefined,
  io: Here,
): Promise<Endpoint> {
  const access = token === undefined ? await accessTo(url, io) : { token };
  const signIn = access.token === undefined ? `sign in with \`coderclaw login${flags}\`` : undefined;
  return { baseUrl: url, ...access, name: url, flags, signIn };
}

function checked(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new MeshError('invalid_request', `--url: "${url}" is no http:// or https:// address`, {
    field: 'url',
    hint: 'give an address such as http://127.0.0.1:7411',
  });
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const hint = 'use the account that started the server, or give a token with --token or CODERCLAW_TOKEN';
    throw new MeshError('access_denied', `the server's token in ${file} cannot be read`, { hint }, { cause });
  }
}
