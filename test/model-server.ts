import type { IncomingMessage, ServerResponse } from 'node:http';
import { json as readJson } from 'node:stream/consumers';
import { json, listen } from './identity/http-server.js';

/** What a call of Chat Completions says, as far as tests look at it. */
export type ChatRequest = Readonly<{
  model: string;
  messages: readonly Readonly<{
    role: string;
    content?: unknown;
    tool_calls?: readonly unknown[];
    tool_call_id?: string;
  }>[];
  tools?: readonly Readonly<{ function: Readonly<{ name: string }> }>[];
}>;

/** How the server answers a call. */
export type ChatReply = Readonly<{
  /** The text, a piece at a time. */
  pieces?: readonly string[];
  calls?: readonly Readonly<{ name: string; input: unknown }>[];
  /** Awaited before the piece of that index, or the end. */
  hold?: Readonly<{ before: number; until: Promise<unknown> }>;
  /** Cuts the connection after so many pieces. */
  cutAfter?: number;
  finish?: 'stop' | 'length' | 'content_filter';
  usage?: Readonly<{ input: number; output: number }>;
  /** An error instead of all that. */
  status?: number;
  headers?: Readonly<Record<string, string>>;
  message?: string;
}>;

/** A server that speaks Chat Completions over real HTTP, as told, and remembers what it was asked. */
export type ModelServer = Readonly<{
  /** The base address, with `/v1`. */
  url: string;
  /** The calls so far. */
  asked: readonly ChatRequest[];
  /** The keys they came with. */
  keys: readonly (string | undefined)[];
  close(): Promise<void>;
}>;

type Script = readonly ChatReply[] | ((request: ChatRequest, call: number) => ChatReply);

/** @param script the replies in order, or a function of the call and its number from 0 */
export async function startModelServer(script: Script): Promise<ModelServer> {
  const asked: ChatRequest[] = [];
  const keys: (string | undefined)[] = [];
  const replyTo = typeof script === 'function' ? script : (_: unknown, call: number) => script[call];
  const server = await listen(async (request, response) => {
    if (request.url?.endsWith('/models')) return json(response, { data: [{ id: 'scripted-1' }] });
    const body = (await readJson(request)) as ChatRequest;
    asked.push(body);
    keys.push(request.headers.authorization);
    const reply = replyTo(body, asked.length - 1);
    if (!reply) return json(response, { error: { message: 'the script is over' } }, 400);
    if (reply.status !== undefined) return refuse(response, reply);
    return stream(request, response, reply);
  });
  return { url: `${server.url}/v1`, asked, keys, close: server.close };
}

function refuse(response: ServerResponse, { status = 500, headers = {}, message = 'no' }: ChatReply): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  json(response, { error: { message } }, status);
}

/** Server-sent events: pieces of text, then of tool calls, why it ended, what it used. */
async function stream(request: IncomingMessage, response: ServerResponse, reply: ChatReply): Promise<void> {
  const { pieces = [], calls = [], hold, cutAfter } = reply;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let index = 0; index <= pieces.length; index++) {
    if (hold?.before === index) await hold.until;
    if (cutAfter === index) return void request.socket.destroy();
    if (index < pieces.length) delta(response, { role: 'assistant', content: pieces[index] });
  }
  delta(response, { tool_calls: calls.map(callOf) });
  delta(response, {}, reply.finish ?? (calls.length > 0 ? 'tool_calls' : 'stop'));
  end(response, reply);
}

const callOf = ({ name, input }: NonNullable<ChatReply['calls']>[number], index: number) => ({
  index,
  id: `call_${index}_${name}`,
  type: 'function',
  function: { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
});

function chunk(response: ServerResponse, more: object): void {
  const all = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'scripted-1', ...more };
  response.write(`data: ${JSON.stringify(all)}\n\n`);
}

const delta = (response: ServerResponse, content: object, finish: string | null = null): void =>
  chunk(response, { choices: [{ index: 0, delta: content, finish_reason: finish }] });

function end(
  response: ServerResponse,
  { usage: { input, output } = { input: 10, output: 5 } }: ChatReply,
): void {
  const used = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  chunk(response, { choices: [], usage: used });
  response.end('data: [DONE]\n\n');
}

/** The reply to a plan that every test may use. */
export const A_PLAN: ChatReply = { pieces: ['1. Look\n', '2. Answer'] };
