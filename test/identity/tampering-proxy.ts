import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type HttpServer, listen } from './http-server.js';

/** One answer on its way to us. */
export type Answer = Readonly<{ status: number; headers: Headers; body: string }>;

/** Does to answers of one path what an attacker on the way, or in the provider's place, would do. */
export type Tamper = (answer: Answer) => Answer | Promise<Answer>;

export type TamperingProxy = HttpServer &
  Readonly<{
    /** How often each path was asked for. */
    asked: ReadonlyMap<string, number>;
    /** From now on, for answers of this path. */
    tamper(path: string, with_: Tamper): void;
    /** Which server it stands before. */
    stand(before: string): void;
  }>;

/** A reverse proxy that passes everything on unchanged, until it is told otherwise. */
export async function startTamperingProxy(): Promise<TamperingProxy> {
  const tampers = new Map<string, Tamper>();
  const asked = new Map<string, number>();
  let target = '';
  const server = await listen(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', target);
    asked.set(pathname, (asked.get(pathname) ?? 0) + 1);
    const answer = await (tampers.get(pathname) ?? unchanged)(await forward(target, request));
    const headers = [...answer.headers].filter(([name]) => !HOP_BY_HOP.has(name));
    response.writeHead(answer.status, headers.flat());
    response.end(answer.body);
  });
  return {
    ...server,
    asked,
    tamper: (path, with_) => void tampers.set(path, with_),
    stand: (before) => void (target = before),
  };
}

const unchanged: Tamper = (answer) => answer;

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
]);

async function forward(target: string, request: IncomingMessage): Promise<Answer> {
  const { method = 'GET', url = '/' } = request;
  const body = method === 'GET' ? null : await buffer(request);
  const response = await fetch(new URL(url, target), {
    method,
    headers: headersOf(request.headers),
    body: body && Uint8Array.from(body),
    redirect: 'manual',
  });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

function headersOf({ host = '', ...headers }: IncomingHttpHeaders): Headers {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  const result = new Headers(kept.map(([name, value]) => [name, String(value)]));
  result.set('x-forwarded-host', host);
  result.set('x-forwarded-proto', 'http');
  return result;
}
