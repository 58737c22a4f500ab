import { randomUUID } from 'node:crypto';
import { STATUS_CODES, maxHeaderSize } from 'node:http';
import type { Duplex } from 'node:stream';
import { MeshError } from '#errors';
import { ALWAYS_HEADERS } from './always-headers.js';
import { HEADERS, PROBLEM_TYPE, codeOfStatus, problemOf } from './wire.js';

type Refusal = Readonly<{ status: number; message: string; hint: string }>;

/** By the code of Node's parser. */
const REFUSALS: ReadonlyMap<string | undefined, Refusal> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    {
      status: 431,
      message: 'the headers of the request are too large',
      hint: `send at most ${maxHeaderSize} bytes of headers`,
    },
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    { status: 408, message: 'the request did not arrive in time', hint: 'send it whole, and at once' },
  ],
]);

const NOT_HTTP: Refusal = {
  status: 400,
  message: 'the request is no HTTP/1.1',
  hint: 'see RFC 9112; a client for https speaks TLS, and this port does not',
};

/** Answers what is no request: Node gives up before there is one, so neither routes nor filters ever see it. */
export function answerProtocolError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answerOf(REFUSALS.get(error.code) ?? NOT_HTTP));
  socket.destroy();
}

function answerOf({ status, message, hint }: Refusal): string {
  const id = randomUUID();
  const body = JSON.stringify(problemOf(new MeshError(codeOfStatus(status), message, { hint }), status, id));
  const headers = {
    ...ALWAYS_HEADERS,
    [HEADERS.requestId]: id,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n');
}
