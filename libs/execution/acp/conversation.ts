import type { ClientApp, ClientContext } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import type { Grant } from '#contract';
import { MeshError, isMeshError, messageOf } from '#errors';
import { CAN_PIN } from '../tools/pinned.js';
import type { Turn } from './turn.js';

/** What an agent said in a turn, and why it stopped. */
export type Said = Readonly<{ stopReason: string; text: string }>;

const initialized = z.object({ protocolVersion: z.number() });
const opened = z.object({ sessionId: z.string() });
const stopped = z.object({ stopReason: z.string() });

/** How long an agent may take until it answers for the first time. */
const START_WITHIN_MS = 60_000;

/** Codes of JSON-RPC, by how we say no. */
const INVALID_PARAMS = -32_602;
const NOT_FOUND = -32_002;

/** Our side of the protocol: all it asks of us is answered by the turn. */
export async function clientOf(turn: Turn): Promise<ClientApp> {
  const { RequestError, client, methods } = await import('@agentclientprotocol/sdk');
  const told = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
    answer.catch((error: unknown) => {
      const code = isMeshError(error, 'not_found') ? NOT_FOUND : INVALID_PARAMS;
      throw new RequestError(code, messageOf(error));
    });
  return client({ name: 'coderclaw' })
    .onRequest(methods.client.session.requestPermission, ({ params }) => told(turn.permission(params)))
    .onRequest(methods.client.fs.readTextFile, ({ params }) => told(turn.read(params)))
    .onRequest(methods.client.fs.writeTextFile, ({ params }) => told(turn.write(params)));
}

export type ConversationOptions = Readonly<{
  agent: ClientContext;
  grant: Pick<Grant, 'description' | 'input'>;
  workspace: string;
  turn: Turn;
  onSession: (sessionId: string) => void;
  /** @default 60 s */
  startWithinMs?: number | undefined;
}>;

/**
 * Opens a session and has one turn in it.
 *
 * @throws {MeshError} `invalid_request` for an agent that speaks otherwise; the SDK's errors
 */
export async function converse(options: ConversationOptions): Promise<Said> {
  const { agent, grant, onSession, startWithinMs = START_WITHIN_MS, turn, workspace } = options;
  const { PROTOCOL_VERSION, methods } = await import('@agentclientprotocol/sdk');
  const clientCapabilities = { fs: { readTextFile: CAN_PIN, writeTextFile: CAN_PIN }, terminal: false };
  const hello = { protocolVersion: PROTOCOL_VERSION, clientCapabilities };
  const first = await within(startWithinMs, agent.request(methods.agent.initialize, hello));
  const { protocolVersion } = read(initialized, first, methods.agent.initialize);
  if (protocolVersion !== PROTOCOL_VERSION)
    throw new MeshError(
      'invalid_request',
      `it speaks version ${protocolVersion} of the protocol and this worker version ${PROTOCOL_VERSION}: install a version that fits`,
    );
  const session = await agent.request(methods.agent.session.new, { cwd: workspace, mcpServers: [] });
  const { sessionId } = read(opened, session, methods.agent.session.new);
  onSession(sessionId);
  const text = `Task: ${grant.description}\n\n${grant.input}`;
  const answer = await agent.request(methods.agent.session.prompt, {
    sessionId,
    prompt: [{ type: 'text', text }],
  });
  const { stopReason } = read(stopped, answer, methods.agent.session.prompt);
  await turn.settled();
  return { stopReason, text: turn.text };
}

function read<Value>(schema: z.ZodType<Value>, value: unknown, method: string): Value {
  const { data, success } = schema.safeParse(value);
  if (success) return data;
  throw new MeshError('invalid_request', `its answer to ${method} is none of the protocol`);
}

async function within<Value>(ms: number, answer: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new MeshError('invalid_request', `it did not answer within ${ms} ms`)),
      ms,
    );
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
