import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MeshError } from '#errors';
import type { Config } from '#platform';
import type { Endpoint } from './api.js';
import type { Io } from './io.js';
import { isListening, socketFetch } from './socket-fetch.js';

/** Flags every command has. */
export type ConnectOptions = Readonly<{ url?: string; token?: string; dataDir?: string }>;

export const SOCKET = 'coderclaw.sock';
const TOKEN_FILE = 'token';

/** A server to ask, or none, and then the configuration that says where one would keep its data. */
export type Place = Readonly<{ endpoint: Endpoint } | { endpoint: null; config: Config }>;

/**
 * Where to ask: the address given; else a local server on the data folder; else, in a remote mode, this machine's port.
 *
 * @throws {MeshError} `invalid_request` if the configuration is bad, `access_denied` if the token is not ours to read
 */
export async function locate(options: ConnectOptions, io: Pick<Io, 'env' | 'cwd'>): Promise<Place> {
  const url = options.url ?? io.env['CODERCLAW_URL'];
  const token = options.token ?? io.env['CODERCLAW_TOKEN'];
  if (url) return { endpoint: { ...remote(url, token), flags: options.url ? ` --url ${url}` : '' } };

  const config = await configOf(options, io);
  if (config.mode !== 'local-only')
    return { endpoint: remote(`http://127.0.0.1:${config.http.port}`, token) };
  const socket = join(config.dataDir, SOCKET);
  if (!(await isListening(socket))) return { endpoint: null, config };
  const flags = options.dataDir ? ` --data-dir ${options.dataDir}` : '';
  return {
    endpoint: await localEndpoint(socket, token ?? join(config.dataDir, TOKEN_FILE), {
      flags,
      given: token !== undefined,
    }),
  };
}

/** What files, environment and flags say. Loaded on demand: `--help` needs none of it. */
export async function configOf(
  { dataDir }: ConnectOptions,
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
): Promise<Config> {
  const { loadConfig } = await import('#platform');
  return loadConfig({ cwd, env, flags: dataDir === undefined ? {} : { dataDir: resolve(cwd, dataDir) } });
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
    name: `the local server (${socket})`,
    flags,
  };
}

function remote(baseUrl: string, token: string | undefined): Endpoint {
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    const hint = 'give an address such as http://127.0.0.1:7411';
    throw new MeshError('invalid_request', `--url: "${baseUrl}" is no http:// or https:// address`, {
      field: 'url',
      hint,
    });
  }
  return { baseUrl, token, name: baseUrl, flags: '' };
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const hint = 'use the account that started the server, or give a token with --token or CODERCLAW_TOKEN';
    throw new MeshError('access_denied', `the server's token in ${file} cannot be read`, { hint }, { cause });
  }
}
