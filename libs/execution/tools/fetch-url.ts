import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { z } from 'zod';
import { MeshError, isMeshError, messageOf } from '#errors';
import { isPublicAddress, notPublic, publicLookup } from './public-address.js';
import { aTool, fitting } from './tool.js';

const MAX_BYTES = 512 * 1024;
const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 5;

const input = z.strictObject({ url: z.string().max(2048).describe('an http or https address') });

/** Reads a page. Each address on the way, also of a redirect, must be public unless the setting says otherwise. */
export const fetchUrlTool = aTool({
  description: 'Reads a page or file of the web, as it is served. Text only.',
  input,
  what: ({ url }) => url,
  async run({ url }, { fetch, signal }) {
    const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      return await page(url, fetch, within);
    } catch (error) {
      signal.throwIfAborted();
      if (isMeshError(error)) throw error;
      throw new MeshError('invalid_request', `url: ${url} cannot be read: ${messageOf(error)}`);
    }
  },
});

async function page(url: string, allowed: 'public' | 'any', signal: AbortSignal): Promise<string> {
  let at = urlOf(url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(at, allowed, signal);
    const { location } = response.headers;
    const status = response.statusCode ?? 0;
    if (status < 300 || status >= 400 || location === undefined)
      return fitting(`${status} ${response.headers['content-type'] ?? ''}\n\n${await textOf(response)}`);
    response.destroy();
    at = urlOf(new URL(location, at).href);
  }
  throw new MeshError('invalid_request', `url: ${url} is redirected more than ${MAX_REDIRECTS} times`);
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw new MeshError(
      'invalid_request',
      `url: "${text.slice(0, 200)}" is not an http or https address without a user`,
    );
  return url;
}

async function get(url: URL, allowed: 'public' | 'any', signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (allowed === 'public' && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host);
  const ask = url.protocol === 'https:' ? requestHttps : requestHttp;
  const asked = ask(url, {
    signal,
    agent: false,
    headers: { accept: 'text/*, application/json;q=0.9, */*;q=0.1', 'user-agent': 'coderclaw' },
    ...(allowed === 'public' ? { lookup: publicLookup } : {}),
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) break;
  }
  const all = Buffer.concat(chunks).subarray(0, MAX_BYTES);
  if (all.includes(0)) return '[not text]';
  return all.toString('utf8') + (bytes > MAX_BYTES ? `\n[cut after ${MAX_BYTES} bytes]` : '');
}
