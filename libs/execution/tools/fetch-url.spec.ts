import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPublicAddress } from './public-address.js';
import { aWorkspace } from './tools-in-test.contract.js';

const { use } = aWorkspace();

describe('fetch-url', () => {
  const server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: '/page' }).end();
    else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end();
    else if (request.url === '/large') response.end('x'.repeat(600_000));
    else response.writeHead(200, { 'content-type': 'text/plain' }).end('a page');
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it('reads a page, follows redirects a few times, and cuts what is too large', async () => {
    const any = { fetch: 'any' } as const;
    expect(await use('fetch-url', { url: `${url}/page` }, any)).toBe('200 text/plain\n\na page');
    expect(await use('fetch-url', { url: `${url}/away` }, any)).toBe('200 text/plain\n\na page');
    expect(await use('fetch-url', { url: `${url}/round` }, any)).toMatch(/redirected more than 5 times/);
    expect(await use('fetch-url', { url: `${url}/large` }, any)).toMatch(/\[cut: \d+ more characters\]$/);
  });

  it('reads from no private address, by whatever name, unless the setting says so', async () => {
    const port = new URL(url).port;
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      'localhost',
      '169.254.169.254',
    ])
      expect(await use('fetch-url', { url: `http://${host}:${port}/page` })).toMatch(
        /is not an address of the public internet; the setting execution.fetch/,
      );
  });

  it.each(['file:///etc/passwd', 'ftp://a/b', 'no address', 'https://user:pw@example.com/'])(
    'refuses %s',
    async (bad) => {
      expect(await use('fetch-url', { url: bad }, { fetch: 'any' })).toMatch(
        /is not an http or https address/,
      );
    },
  );

  it.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['10.0.0.1', false],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['fd00::1', false],
    ['fe80::1', false],
    ['0.0.0.0', false],
    ['224.0.0.1', false],
    ['no address', false],
  ])('takes %s for public: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected);
  });
});
