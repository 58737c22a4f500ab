import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpServer, listen } from '#test/identity/http-server';
import { boundedFetch } from './bounded-fetch.js';

let server: HttpServer;
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = await listen((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (path === '/long') return response.end('x'.repeat(512 * 1024 + 1));
    if (path === '/redirect') return response.writeHead(302, { location: '/elsewhere' }).end();
    return response.writeHead(Number(path.slice(1)) || 200).end();
  });
});
afterEach(() => server.close());

describe('a fetch of somebody who is trusted no further', () => {
  it('gives back what it is answered, be it a no', async () => {
    expect((await boundedFetch(`${server.url}/200`)).status).toBe(200);
    expect((await boundedFetch(`${server.url}/404`)).status).toBe(404);
    expect((await boundedFetch(`${server.url}/204`)).status).toBe(204);
  });

  it('follows no redirect', async () => {
    expect((await boundedFetch(`${server.url}/redirect`)).status).toBe(302);
    expect(asked).toEqual(['/redirect']);
  });

  it.each([429, 500, 503])('is unavailable at status %i', async (status) => {
    await expect(boundedFetch(`${server.url}/${status}`)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${server.url} answers with status ${status}`,
      details: { retryAfterSeconds: 5 },
    });
  });

  it('is unavailable after 512 KiB', async () => {
    await expect(boundedFetch(`${server.url}/long`)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${server.url} cannot be reached: the answer is longer than 524288 bytes`,
    });
  });

  it('is unavailable where nobody answers, and says no more of the address than whose it is', async () => {
    await server.close();
    const error: unknown = await boundedFetch(`${server.url}/path?secret=1`).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(new RegExp(`^${server.url} cannot be reached: connect ECONNREFUSED`)),
    });
  });
});
