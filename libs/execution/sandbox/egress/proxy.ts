import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Logger } from '#contract';
import { isMeshError, messageOf } from '#errors';
import { INTERNET, connectTo } from './way.js';
import type { Network } from './way.js';

export type EgressOptions = Readonly<{
  domains: readonly string[];
  logger: Logger;
  network?: Network | undefined;
}>;

/** A way out of one box. */
export type Egress = Readonly<{ socket: string; close: () => Promise<void> }>;

const HTTP_PORT = 80;
const CONNECT_WITHIN_MS = 10_000;
/** What is between two hops and not for the server. */
const HOP_BY_HOP = new Set([
  'proxy-authorization',
  'proxy-connection',
  'connection',
  'keep-alive',
  'te',
  'upgrade',
]);

/** Opens a proxy on a Unix socket that lets through to the listed domains, and says no to everything else. */
export async function openEgress(options: EgressOptions): Promise<Egress> {
  const folder = await mkdtemp(join(tmpdir(), 'coderclaw-egress-'));
  const socket = join(folder, 'proxy');
  const open = new Set<Duplex>();
  const server = serverOf(new Way(options), open);
  server.listen(socket);
  await once(server, 'listening');
  return {
    socket,
    close: async () => {
      server.close();
      for (const stream of open) stream.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function serverOf(way: Way, open: Set<Duplex>): Server {
  const keep = (stream: Duplex): void => {
    open.add(stream);
    stream.on('error', () => stream.destroy()).once('close', () => open.delete(stream));
  };
  const server = createServer((request, response) => {
    forward(way, request, response, keep).catch(() => response.destroy());
  });
  server.on('connection', keep);
  server.on('connect', (request: IncomingMessage, inner: Duplex, head: Buffer) => {
    tunnel(way, request, { inner, head }, keep).catch(() => inner.destroy());
  });
  return server;
}

/** The allowed way out, and what to say where it is none. */
class Way {
  constructor(private readonly options: EgressOptions) {}

  /** Null when it was refused or failed, and `say` has been told. */
  async to(host: string, port: number, say: (status: number, why: string) => void): Promise<Socket | null> {
    const { domains, logger, network = INTERNET } = this.options;
    let socket: Socket | null = null;
    try {
      socket = await connectTo(host, port, domains, network);
      socket.on('error', () => {}); // it ends by itself, and must not end this process
      await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_WITHIN_MS) });
      return socket;
    } catch (error) {
      socket?.destroy();
      const denied = isMeshError(error, 'access_denied');
      if (denied) logger.warn('a task was refused the network', { host, port, why: error.message });
      say(denied ? 403 : 502, messageOf(error));
      return null;
    }
  }
}

type Keep = (stream: Duplex) => void;

/** `CONNECT name:443` and what comes after it, unread. */
async function tunnel(
  way: Way,
  { url = '' }: IncomingMessage,
  { inner, head }: Readonly<{ inner: Duplex; head: Buffer }>,
  keep: Keep,
): Promise<void> {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(url) ?? [];
  const outer = await way.to(host, Number(port), (status, why) => {
    inner.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${why}\n`);
  });
  if (!outer) return;
  keep(outer);
  inner.write('HTTP/1.1 200 Connection established\r\n\r\n');
  outer.write(head);
  inner.pipe(outer).pipe(inner);
  inner.once('close', () => outer.destroy());
  outer.once('close', () => inner.destroy());
}

/** `GET http://name/path`. The server is told the name that was checked, whatever the request's own header says. */
async function forward(
  way: Way,
  request: IncomingMessage,
  response: ServerResponse,
  keep: Keep,
): Promise<void> {
  const say = (status: number, why: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${why}\n`);
  };
  const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null;
  if (url?.protocol !== 'http:') return say(400, 'a proxy is asked for http://name/path, or to CONNECT');
  const outer = await way.to(url.hostname, url.port === '' ? HTTP_PORT : Number(url.port), say);
  if (!outer) return;
  keep(outer);
  const headers = Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  const asked = httpRequest(
    {
      createConnection: () => outer,
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: { ...Object.fromEntries(headers), host: url.host, connection: 'close' },
    },
    (answer) => relay(answer, response),
  );
  asked.on('error', (error) => (response.headersSent ? response.destroy() : say(502, messageOf(error))));
  request.pipe(asked);
}

/** Passes an answer on, unless it is one that cannot be: servers may say anything. */
function relay(answer: IncomingMessage, response: ServerResponse): void {
  try {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy()).pipe(response);
  } catch {
    answer.destroy();
    response.destroy();
  }
}
