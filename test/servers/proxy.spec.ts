import { type Server, type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FaultProxy, startProxy } from './proxy.js';

let echo: Server;
let proxy: FaultProxy;
let client: Socket;

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  proxy = await startProxy(address !== null && typeof address === 'object' ? address.port : 0);
  client = await dial();
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

const dial = async (): Promise<Socket> => {
  const socket = connect(proxy.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};

const said = async (socket: Socket, text: string): Promise<string> => {
  const heard = once(socket, 'data');
  socket.write(text);
  return `${(await heard)[0]}`;
};

it('passes on what is said, and the end', async () => {
  expect(await said(client, 'hello')).toBe('hello');
  const ended = once(client, 'end');
  client.end();
  await ended;
  expect(client.readableEnded).toBe(true);
});

it('cuts what is open and lets new connections through', async () => {
  await said(client, 'x');
  const broken = once(client, 'error');
  proxy.cut();
  expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
  const next = await dial();
  expect(await said(next, 'again')).toBe('again');
  next.destroy();
});

it('refuses new connections and leaves the open ones alone', async () => {
  await said(client, 'x');
  proxy.refuse(true);
  const refused = connect(proxy.port, '127.0.0.1');
  expect((await once(refused, 'error').catch((error: unknown) => [error]))[0]).toMatchObject({
    code: 'ECONNRESET',
  });
  expect(await said(client, 'still')).toBe('still');
});

it('delays both directions', async () => {
  proxy.delayMs(40);
  const before = performance.now();
  expect(await said(client, 'slow')).toBe('slow');
  expect(performance.now() - before).toBeGreaterThan(75);
});

it('holds everything back while half open, and passes it on afterwards in order', async () => {
  await said(client, 'x');
  proxy.halfOpen(true);
  const heard: string[] = [];
  client.on('data', (piece) => heard.push(piece.toString()));
  client.write('one ');
  client.write('two');
  const other = await dial(); // its round trips show that time has passed for the first
  const nothing = once(other, 'data').then(() => 'data');
  other.write('?');
  expect(
    await Promise.race([nothing, new Promise((resolve) => setTimeout(() => resolve('silence'), 100))]),
  ).toBe('silence');
  expect(heard).toEqual([]);
  const all = once(client, 'data');
  proxy.halfOpen(false);
  await all;
  expect(heard.join('')).toMatch(/^one /);
  other.destroy();
});
