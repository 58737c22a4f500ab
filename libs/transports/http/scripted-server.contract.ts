import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { TaskUpdateEvent } from '#contract';
import type { MeshError } from '#errors';
import { HTTPTransportAdapter } from './client.js';
import { PROBLEM_TYPE, encodeUpdate, problemOf } from './wire.js';

/** One answer of a scripted server. */
export type Turn = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export const ID = '01890000-0000-7000-8000-000000000000';
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** A server that plays one turn a request, the last one again and again, and remembers what it was asked. */
export async function scripted(...turns: readonly Turn[]) {
  const asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const turn = turns[Math.min(asked.length, turns.length - 1)];
      asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      turn?.(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const adapter = new HTTPTransportAdapter({ baseUrl, token: 'secret' });
  closers.push(() => void adapter.close());
  return { adapter, asked, baseUrl, server };
}

export const update = (version: number, status: TaskUpdateEvent['status'] = 'running'): TaskUpdateEvent => ({
  taskId: ID,
  status,
  timestamp: '2026-01-01T00:00:00.000Z',
  version,
  type: status === 'completed' ? 'TaskCompleted' : 'OutputAppended',
});

export const events = (...updates: readonly TaskUpdateEvent[]) => updates.map(encodeUpdate).join('');
export const json =
  (status: number, body: unknown, headers = {}): Turn =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
export const refuse = (error: MeshError, status: number): Turn =>
  json(status, problemOf(error, status), { 'content-type': PROBLEM_TYPE });
export const hangUp: Turn = (request) => void request.socket.destroy();
export const stream =
  (text: string, then: (response: ServerResponse) => void): Turn =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text, () => then(response));
  };
export const cut = (response: ServerResponse) => void response.destroy();
export const end = (response: ServerResponse) => void response.end();
export const stay = () => undefined;
