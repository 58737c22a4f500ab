import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listen } from '#test/identity/http-server';
import { ScriptedControlPlane, until } from '../scripted-control-plane.contract.js';
import { startWorker } from '../worker-in-test.contract.js';
import { HttpExecutor } from './http-executor.js';

/** A post to the agent, as it came. */
export type Posted = Readonly<{ headers: IncomingMessage['headers']; body: string }>;

/** What a post says of its task. */
export const taskIn = ({ body }: Posted) => JSON.parse(body) as Readonly<Record<string, unknown>>;

/** How the agent answers. */
export type Answering = Readonly<{
  posted: Posted;
  response: ServerResponse;
  /** Answers 200 of that type, and sends these pieces apart. */
  send: (type: string, ...pieces: readonly string[]) => Promise<void>;
  /** The same of JSON lines. */
  lines: (...lines: readonly object[]) => Promise<void>;
}>;

export type Script = (answering: Answering) => unknown;

export const AGENT_ID = 'hook';

/** An agent over real HTTP that answers by the script, and a worker that posts its tasks to it. Ends with the test. */
export async function startHttpWorker(script: Script, { secret }: Readonly<{ secret?: Uint8Array }> = {}) {
  const posts: Posted[] = [];
  const closed: Promise<unknown>[] = [];
  const server = await listen(async (request, response) => {
    const posted = { headers: request.headers, body: await text(request) };
    closed.push(once(response, 'close'));
    posts.push(posted);
    await script({ posted, response, ...senders(response) });
  });
  onTestFinished(() => server.close());
  const executor = new HttpExecutor({
    agents: new Map([[AGENT_ID, { url: `${server.url}/tasks`, secret }]]),
  });
  const plane = new ScriptedControlPlane();
  await startWorker({ executors: new Map([[AGENT_ID, executor]]) }, plane);
  const grant = (input: string, more: Parameters<ScriptedControlPlane['grant']>[1] = {}) =>
    plane.grant(input, { agentId: AGENT_ID, ...more });
  return { plane, grant, posts, closed, server };
}

function senders(response: ServerResponse): Pick<Answering, 'send' | 'lines'> {
  const write = (piece: string) =>
    new Promise<void>((resolve) => {
      response.write(piece, () => resolve());
    });
  const send = async (type: string, ...pieces: readonly string[]) => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': type });
    for (const piece of pieces) await write(piece);
  };
  const lines = (...all: readonly object[]) =>
    send('application/x-ndjson', ...all.map((line) => `${JSON.stringify(line)}\n`));
  return { send, lines };
}

export const NDJSON = 'application/x-ndjson';

const FREE = 10;

/** Answers with these pieces, and ends. */
export const answers =
  (type: string, ...pieces: readonly string[]) =>
  async ({ send, response }: Answering) => {
    await send(type, ...pieces);
    response.end();
  };
/** The same of JSON. */
export const answersJson = (value: unknown) => answers('application/json', JSON.stringify(value));
/** The same of JSON lines. */
export const answersLines = (...lines: readonly object[]) =>
  answers(NDJSON, ...lines.map((line) => `${JSON.stringify(line)}\n`));

/** Answers with an error. */
export const refuses =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = 'no') =>
  ({ response }: Answering) =>
    response.writeHead(status, headers).end(body);

/** Waits until a task's attempt is lost. */
export async function lost(plane: ScriptedControlPlane, posts: readonly Posted[]): Promise<void> {
  await until(() => posts.length === 1 && plane.beats.at(-1)?.held.length === 0);
  await until(() => plane.beats.at(-1)?.free === FREE);
}

/** How a task that is answered so comes to its end. */
export async function endOf(script: Script) {
  const { plane, grant } = await startHttpWorker(script);
  const { last } = await plane.end(grant('do it'));
  return last;
}
