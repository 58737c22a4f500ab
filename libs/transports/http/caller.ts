import type { Socket } from 'node:net';
import { MeshError } from '#errors';
import type { HttpServerOptions } from './http-options.js';

type Headers = Readonly<{ host?: string | undefined; origin?: string | undefined }>;

const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
const LOOPBACK_ADDRESS = /^(::ffff:)?127\.|^::1$/;

const local = new WeakSet<Socket>();

/** Notes that a connection came over the Unix socket: its file's mode says who can open it. */
export const markLocal = (socket: Socket): void => void local.add(socket);

export const isLocal = (socket: Socket): boolean => local.has(socket);

/**
 * Keeps web pages out: one whose name was rebound to this machine's loopback gives itself away by `Host`, any other by
 * `Origin`. A token is needed besides; this stands where a browser might be tricked into using one.
 *
 * @throws {MeshError} `access_denied`
 */
export function checkCaller(
  { host, origin }: Headers,
  socket: Socket,
  { hosts, origins }: HttpServerOptions,
): void {
  if (LOOPBACK_ADDRESS.test(socket.localAddress ?? '')) {
    const name = nameOf(host);
    if (!LOOPBACK_NAME.test(name) && !hosts.includes(name)) throw refused('host', host ?? '', 'hosts');
  }
  if (origin === undefined || origins.includes(origin)) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host) throw refused('origin', origin, 'origins');
}

/** The host's name without its port. */
const nameOf = (host = ''): string => host.replace(/:\d*$/, '');

const refused = (what: 'host' | 'origin', value: string, option: string) =>
  new MeshError('access_denied', `requests for this ${what} are not answered: "${value.slice(0, 200)}"`, {
    hint: `if it is yours, name it under http.${option} in .coderClaw/runtime.yaml`,
  });
