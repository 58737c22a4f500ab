import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opened } from './http-server.contract.js';
import type { Server } from './http-server.contract.js';
import { answerProtocolError } from './protocol-error.js';

const TOO_LARGE = `GET /v1/me HTTP/1.1\r\nhost: localhost\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`;

const read = (answer: string) => {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { head, problem: JSON.parse(body) as Record<string, unknown> };
};

const send = async (to: NetConnectOpts, sent: string) => {
  const socket = connect(to);
  socket.write(sent);
  return read(await text(socket));
};

describe('what is no request', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coderclaw-http-'));
  const path = join(folder, 's');
  let server: Server;
  beforeAll(async () => {
    server = await opened(path);
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const port = (): NetConnectOpts => ({ host: '127.0.0.1', port: Number(new URL(server.url).port) });

  it.each([
    ['headers that are too large, over TCP', port, TOO_LARGE, 431, 'payload_too_large'],
    ['headers that are too large, over the socket', () => ({ path }), TOO_LARGE, 431, 'payload_too_large'],
    ['no HTTP at all', port, '\u0016\u0003\u0001 a hello of TLS\r\n\r\n', 400, 'invalid_request'],
  ])('is answered with a problem: %s', async (_, to, sent, status, code) => {
    const { head, problem } = await send(to(), sent);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('content-type: application/problem+json');
    expect(head).toContain('x-content-type-options: nosniff');
    expect(problem).toMatchObject({ type: `urn:coderclaw:problem:${code}`, status, code });
    expect(problem['hint']).toEqual(expect.any(String));
    expect(head).toContain(`x-request-id: ${String(problem['instance'])}`);
  });

  it('is told to have come too slowly where it did', () => {
    const chunks: string[] = [];
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString());
        done();
      },
    });
    answerProtocolError(Object.assign(new Error('slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
    expect(socket.destroyed).toBe(true);
    expect(read(chunks.join('')).problem).toMatchObject({ status: 408, code: 'deadline_exceeded' });
  });

  it('is not answered where nobody is left to read it', () => {
    const socket = new PassThrough();
    answerProtocolError(Object.assign(new Error('gone'), { code: 'ECONNRESET' }), socket);
    expect([socket.readableLength, socket.destroyed]).toEqual([0, false]);
  });
});
