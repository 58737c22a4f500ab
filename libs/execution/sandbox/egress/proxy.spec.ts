import { once } from 'node:events';
import { createServer as createHttpServer, request } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SilentLogger } from '#contract';
import { DOMAINS, PUBLIC, aNetwork, aServer } from './network-in-test.contract.js';
import { openEgress } from './proxy.js';
import type { Network } from './way.js';

async function aProxy(network: Network): Promise<string> {
  const egress = await openEgress({ domains: DOMAINS, logger: new SilentLogger(), network });
  onTestFinished(() => egress.close());
  return egress.socket;
}

/** Asks a proxy to connect, then says something through it; what comes back, and the status. */
async function tunnelThrough(
  socketPath: string,
  path: string,
  say = 'hello',
): Promise<Readonly<{ status: number; said: string }>> {
  const asked = request({ socketPath, method: 'CONNECT', path }).end();
  const [response, socket, head] = (await once(asked, 'connect')) as [IncomingMessage, Socket, Buffer];
  if (response.statusCode !== 200)
    return { status: response.statusCode ?? 0, said: head.toString() + (await text(socket)) };
  socket.end(say);
  return { status: 200, said: await text(socket) };
}

const echo = () => createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));

const get = async (socketPath: string, path: string, headers = {}) => {
  const asked = request({ socketPath, path, headers, method: 'POST' }).end('body');
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, said: await text(response) };
};

/** Answers with what it was asked. */
const mirror: RequestListener = (req, res) =>
  void text(req).then((body) => res.end(JSON.stringify({ url: req.url, body, headers: req.headers })));

describe('the proxy of a box', () => {
  it('tunnels to an allowed name, at the address it has looked at', async () => {
    const { network, dialled } = aNetwork(await aServer(echo()), { 'registry.example.com': [[PUBLIC]] });
    const socket = await aProxy(network);
    expect(await tunnelThrough(socket, 'registry.example.com:443')).toEqual({ status: 200, said: 'hello' });
    expect(dialled).toEqual([`${PUBLIC}:443`]);
  });

  it.each([
    ['evil.example.org:443', 'not among the allowed domains'],
    ['169.254.169.254:80', 'is an address'],
    ['registry.example.com:22', 'neither 80 nor 443'],
    ['registry.example.com', 'neither 80 nor 443'],
  ])('refuses to connect to %s, and says why', async (path, reason) => {
    const { network, dialled } = aNetwork(0, { 'registry.example.com': [[PUBLIC]] });
    const answer = await tunnelThrough(await aProxy(network), path);
    expect(answer.status).toBe(403);
    expect(answer.said).toContain(reason);
    expect(dialled).toEqual([]);
  });

  it.each([[['127.0.0.1']], [['10.0.0.7']], [['::1']], [[PUBLIC, '192.168.0.1']]])(
    'refuses an allowed name that leads inwards: %j',
    async (addresses) => {
      const { network, dialled } = aNetwork(0, { 'registry.example.com': [addresses] });
      const { status, said } = await tunnelThrough(await aProxy(network), 'registry.example.com:443');
      expect([status, said]).toEqual([403, expect.stringContaining('which is not on the internet')]);
      expect(dialled).toEqual([]);
    },
  );

  it('asks DNS once a connection: a name that changes its mind in between gains nothing', async () => {
    const { network, dialled, asked } = aNetwork(await aServer(echo()), {
      'registry.example.com': [[PUBLIC], ['127.0.0.1']],
    });
    const socket = await aProxy(network);
    expect((await tunnelThrough(socket, 'registry.example.com:443')).status).toBe(200);
    expect([dialled, asked.get('registry.example.com')]).toEqual([[`${PUBLIC}:443`], 1]);
    expect((await tunnelThrough(socket, 'registry.example.com:443')).status).toBe(403);
  });

  it('says that there is no such name', async () => {
    const { network } = aNetwork(0, {});
    const { status, said } = await tunnelThrough(await aProxy(network), 'registry.example.com:443');
    expect([status, said]).toEqual([502, expect.stringContaining('cannot resolve registry.example.com')]);
  });

  it('forwards plain HTTP, and tells the server the name that was checked, not the one that was claimed', async () => {
    const { network } = aNetwork(await aServer(createHttpServer(mirror)), {
      'registry.example.com': [[PUBLIC]],
    });
    const answer = await get(await aProxy(network), 'http://registry.example.com/a?b=c', {
      host: 'internal.example.com',
      'proxy-authorization': 'Basic x',
      'x-mine': '1',
    });
    expect(answer.status).toBe(200);
    const seen = JSON.parse(answer.said) as { url: string; body: string; headers: Record<string, string> };
    expect(seen).toMatchObject({
      url: '/a?b=c',
      body: 'body',
      headers: { host: 'registry.example.com', 'x-mine': '1' },
    });
    expect(seen.headers).not.toHaveProperty('proxy-authorization');
  });

  it.each([
    ['http://evil.example.org/', 403],
    ['http://registry.example.com:8080/', 403],
    ['http://registry.example.com@evil.example.org/', 403],
    ['http://127.0.0.1/', 403],
    ['http://[::1]/', 403],
    ['http://2130706433/', 403],
    ['ftp://registry.example.com/', 400],
    ['/etc/passwd', 400],
  ])('does not forward to %s', async (path, status) => {
    const { network, dialled } = aNetwork(0, { 'registry.example.com': [[PUBLIC]] });
    expect((await get(await aProxy(network), path)).status).toBe(status);
    expect(dialled).toEqual([]);
  });

  it.each([
    ['no HTTP at all', 'hm'],
    ['a status there is none of', 'HTTP/1.1 099 Hm\r\ncontent-length: 0\r\n\r\n'],
    ['an end in the middle', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'],
  ])('outlives a server that answers with %s', async (_what, nonsense) => {
    const port = await aServer(createServer((socket) => socket.on('error', () => {}).end(nonsense)));
    const { network } = aNetwork(port, { 'registry.example.com': [[PUBLIC]] });
    const socketPath = await aProxy(network);
    const said = await get(socketPath, 'http://registry.example.com/').then(
      ({ status }) => status,
      () => 'broken off',
    );
    expect([502, 'broken off']).toContain(said);
    expect((await get(socketPath, 'http://evil.example.org/')).status).toBe(403);
  });

  it('says where nobody listens', async () => {
    const server = createServer();
    const port = await aServer(server);
    server.close();
    const { network } = aNetwork(port, { 'registry.example.com': [[PUBLIC]] });
    expect((await tunnelThrough(await aProxy(network), 'registry.example.com:443')).status).toBe(502);
  });
});
