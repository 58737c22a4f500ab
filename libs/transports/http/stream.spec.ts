import { getEventListeners, once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import { HTTPTransportAdapter } from './client.js';
import { OpenStreams } from './open-streams.js';
import { opened, task } from './http-server.contract.js';
import type { Server } from './http-server.contract.js';

const whoAmI = (where: Readonly<{ socketPath: string }> | Readonly<{ host: string; port: string }>) =>
  new Promise<string>((resolve) => {
    const headers = { authorization: 'Bearer token-of-ann' };
    httpRequest({ ...where, path: '/v1/me', headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve(body));
    }).end();
  });

describe('a stream of the HTTP server', () => {
  let server: Server;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'http-spec-'));
    server = await opened(join(folder, 'socket'));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const running = async () => {
    const id = String((await server.call('POST', '/v1/tasks', { body: task })).json()['id']);
    for await (const { status } of client().streamTaskUpdates(id)) if (status === 'running') break;
    await expect.poll(() => server.gate.tasks.watching + streams()).toBe(0); // this reader's own is over
    return id;
  };
  const client = () => new HTTPTransportAdapter({ baseUrl: server.url, token: 'token-of-ann' });
  const streams = () => server.app.get(OpenStreams, { strict: false }).count;
  /** A reader that speaks plain HTTP, so that it can stop reading. */
  const reader = (id: string, headers = '') => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /v1/tasks/${id}/stream HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer token-of-ann\r\n${headers}\r\n`,
    );
    return socket;
  };
  const text = async (socket: ReturnType<typeof reader>) => {
    let all = '';
    for await (const chunk of socket) all += String(chunk);
    return all;
  };

  it('begins after the Last-Event-ID, says so in its ids, and hangs up at the end', async () => {
    const id = await running();
    await server.call('POST', `/v1/tasks/${id}/cancel`);
    const received = await text(reader(id, 'last-event-id: 2\r\n'));
    expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(received).toMatch(/content-type: text\/event-stream/);
    expect(received).toMatch(/cache-control: no-store, no-transform/);
    expect(received.match(/^id: \d+$/gm)?.at(0)).toBe('id: 3');
    expect(received).toMatch(/event: TaskCancelled\ndata: \{.*\}\n\n/);
    expect(received).toMatch(/event: end\ndata: \{\}/);
  });

  it('holds the updates back for a reader that stops reading, and gives it all of them later', async () => {
    const id = await running();
    const socket = reader(id).pause();
    await once(socket, 'ready');
    await expect.poll(streams).toBe(1);
    const piece = 'x'.repeat(64 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++)
      server.gate.tasks.report(id, { type: 'Output', data: { channel: 'text', text: piece } });
    server.gate.tasks.report(id, { type: 'Completed', data: { output: '' } });
    await expect.poll(() => server.gate.tasks.watched(id), { timeout: 5000 }).toBeGreaterThan(3);
    const taken = server.gate.tasks.watched(id);
    expect(taken).toBeLessThan(500); // what the kernel's buffers take, not what there is
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    const received = await text(socket);
    expect(received.match(/^event: OutputAppended/gm)).toHaveLength(1000);
    expect(received).toMatch(/event: TaskCompleted/);
  });

  it('stops watching when its reader goes', async () => {
    const id = await running();
    const socket = reader(id);
    await expect.poll(streams).toBe(1);
    socket.destroy();
    await expect.poll(streams).toBe(0);
    await expect.poll(() => server.gate.tasks.watching).toBe(0);
  });

  it('leaves nothing behind that waits for its session to end, however it ended itself', async () => {
    const waiting = () => getEventListeners(server.sessions.controller.signal, 'abort').length;
    const id = await running();
    const [whole, left] = [text(reader(id)), reader(id)];
    await expect.poll(waiting).toBe(2);
    left.destroy();
    await expect.poll(waiting).toBe(1);
    await server.call('POST', `/v1/tasks/${id}/cancel`);
    expect(await whole).toMatch(/event: end/);
    await expect.poll(waiting).toBe(0);
  });

  it('is told a failure that comes when it has begun', async () => {
    const id = await running();
    const reading = text(reader(id));
    await expect.poll(() => server.gate.tasks.watching).toBe(1);
    server.gate.tasks.breakWatches(new MeshError('access_denied', 'your token was revoked'));
    expect(await reading).toMatch(/event: error\ndata: \{.*"code":"access_denied".*\}\n\n/);
  });

  it('answers on the Unix socket too, which only its user can open, and says that it is local', async () => {
    const path = join(folder, 'socket');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { hostname: host, port } = new URL(server.url);
    expect(JSON.parse(await whoAmI({ socketPath: path }))).toMatchObject({ userId: 'ann', via: 'socket' });
    expect(JSON.parse(await whoAmI({ host, port }))).toMatchObject({ userId: 'ann', via: 'network' });
  });

  it('is cut when the server stops, which waits for no reader, and begins no more', async () => {
    const id = await running();
    const reading = text(reader(id));
    const stuck = reader(id).pause();
    await expect.poll(streams).toBe(2);
    await server.close();
    expect(await reading).not.toMatch(/event: end/);
    expect(streams()).toBe(0);
    stuck.destroy();
    expect(() => server.app.get(OpenStreams, { strict: false }).begin()).toThrow('stopping');
  });
});
