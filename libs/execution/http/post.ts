import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { MeshError, messageOf } from '#errors';

/** What is posted. */
export type Posting = Readonly<{ headers: Readonly<Record<string, string>>; body: string }>;

/** So long nothing is heard from an agent's machine before it is asked whether it is there at all. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Posts over a connection of its own, and follows no redirect. (Not by `fetch`, which takes an answer for whole that was cut
 * off where its connection is to close, and gives an agent five minutes to say its first word.)
 *
 * @returns the answer, not yet read
 * @throws {MeshError} `rate_limited` when the network fails before there is one
 */
export async function post(
  url: string,
  { headers, body }: Posting,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const ask = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  const asked = ask(url, { method: 'POST', headers, signal, agent: false });
  asked.on('error', ignored); // what is wrong once there is an answer, who reads that hears
  asked.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
  asked.end(body);
  try {
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response.on('error', ignored);
  } catch (error) {
    throw new MeshError('rate_limited', `the agent could not be reached: ${reasonOf(error)}`);
  }
}

const ignored = () => {};

/** Where a name has several addresses, the error only has a code. */
export const reasonOf = (error: unknown): string =>
  messageOf(error) || ((error as NodeJS.ErrnoException).code ?? 'no reason given');
