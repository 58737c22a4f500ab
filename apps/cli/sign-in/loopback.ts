import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MeshError } from '#errors';
import { harmless } from '../harmless.js';

const PATH = '/callback';
const WAIT_MS = 10 * 60_000;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  connection: 'close',
} as const;

/** A port of this machine that waits for the code a browser brings (RFC 8252). */
export type Loopback = Readonly<{
  redirectUri: string;
  /** @throws {MeshError} `access_denied` or `unavailable` as the server says, `deadline_exceeded` after ten minutes */
  code: Promise<string>;
  close(): void;
}>;

/** Listens until a request with `state` comes: one without it is somebody else's, and changes nothing. */
export async function listenForCode(state: string, waitMs: number = WAIT_MS): Promise<Loopback> {
  const server = createServer();
  const code = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(tooLate()), waitMs);
    server.on('close', () => clearTimeout(timer));
    server.on('request', ({ method, url = '' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
      if (method !== 'GET' || pathname !== PATH) return say(response, 404, 'There is nothing here.');
      if (searchParams.get('state') !== state)
        return say(response, 400, 'This is not the sign-in that was begun here. Go back to the terminal.');
      const found = searchParams.get('code');
      if (found === null) {
        say(response, 200, 'Not signed in. The terminal says why; this page can be closed.');
        return reject(refused(searchParams));
      }
      say(response, 200, 'Signed in. This page can be closed.');
      return resolve(found);
    });
  });
  code.catch(() => {}); // whoever waits hears of it; it may come before anybody does
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { redirectUri: `http://127.0.0.1:${port}${PATH}`, code, close: () => void server.close() };
}

const say = (response: ServerResponse, status: number, text: string): void =>
  void response
    .writeHead(status, HEADERS)
    .end(`<!doctype html><meta charset="utf-8"><title>CoderClaw</title><p>${text}</p>`);

/** What is nobody's no, but may pass (RFC 6749 §4.1.2.1). */
const MAY_PASS: ReadonlySet<string | null> = new Set(['temporarily_unavailable', 'server_error']);

function refused(answer: URLSearchParams): MeshError {
  const error = answer.get('error');
  const why = answer.get('error_description') ?? error ?? 'it gave no code';
  return new MeshError(
    MAY_PASS.has(error) ? 'unavailable' : 'access_denied',
    `the sign-in was refused: ${harmless(why).slice(0, 500)}`,
    {
      hint: 'try again, or sign in another way',
    },
  );
}

const tooLate = () =>
  new MeshError('deadline_exceeded', 'nobody signed in within ten minutes', {
    hint: 'run `coderclaw login` again; on a machine without a browser, with --device-code',
  });
