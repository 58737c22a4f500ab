import { request as ask } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';

const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** `fetch` over a Unix socket: host and port of an address are not looked at. Answers are streamed. */
export const socketFetch =
  (socketPath: string): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const response = await send(socketPath, request, body);
    return answerOf(response);
  };

function send(socketPath: string, request: Request, body: Buffer | undefined): Promise<IncomingMessage> {
  const { pathname, search } = new URL(request.url);
  const headers = {
    ...Object.fromEntries(request.headers),
    ...(body === undefined ? {} : { 'content-length': String(body.length) }),
  };
  return new Promise((resolve, reject) => {
    const { method, signal } = request;
    ask({ socketPath, path: pathname + search, method, headers, signal, agent: false })
      .on('response', resolve)
      .on('error', (cause) => reject(new TypeError('fetch failed', { cause })))
      .end(body);
  });
}

function answerOf(incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const status = incoming.statusCode ?? 500;
  if (NO_BODY.has(status)) incoming.resume();
  const body = NO_BODY.has(status) ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}

/** True if a server listens on the socket now: a file that a killed server left behind is none. */
export const isListening = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketPath);
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.on('connect', () => answer(true)).on('error', () => answer(false));
  });
