import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { cliIn } from './fake-cli.contract.js';

/** A request as it came. */
export type Asked = Readonly<{
  method: string;
  path: string;
  query: Readonly<Record<string, string>>;
  headers: IncomingHttpHeaders;
  body: unknown;
}>;

/** What a route answers: a body with 200, a status and a body, or nothing with 204. */
export type Route = (asked: Asked) => unknown;

/** A status other than 200. */
export const answer = (status: number, body: unknown) => ({ [STATUS]: status, body });

const STATUS = Symbol('status');
const isAnswer = (value: unknown): value is { [STATUS]: number; body: unknown } =>
  typeof value === 'object' && value !== null && STATUS in value;

const NOT_FOUND = { code: 'not_found', detail: 'no such route in this script' };

/** A server that follows a script, a folder and a home of one's own, and the CLI to go to it with. */
export async function scriptedServer() {
  const routes = new Map<string, Route>();
  const asked: Asked[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'coderclaw-cli-'));
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
      const { method = '', headers } = request;
      const body: unknown = headers['content-type'] ? await json(request) : undefined;
      const seen = { method, path: pathname, query: Object.fromEntries(searchParams), headers, body };
      asked.push(seen);
      const route = routes.get(`${method} ${pathname}`);
      const said: unknown = route ? await route(seen) : answer(404, NOT_FOUND);
      const { [STATUS]: status, body: text } = isAnswer(said)
        ? said
        : { [STATUS]: said === undefined ? 204 : 200, body: said };
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 204 ? undefined : JSON.stringify(text));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const { start, run } = cliIn(folder);
  return {
    url,
    folder,
    asked,
    start,
    /** Adds routes to the script, by method and path. */
    script: (added: Readonly<Record<string, Route>>) => {
      for (const [name, route] of Object.entries(added)) routes.set(name, route);
    },
    /** Runs a command line against the server to its end. */
    run: (argv: readonly string[], stdin = '') => run([...argv, '--url', url], stdin),
    close: () => {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
