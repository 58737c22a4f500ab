import { basename } from 'node:path';
import { MeshError, isMeshError, messageOf } from '#errors';
import { MIN_VARIABLE_CHARACTERS, redacted } from '../redacted.js';
import { storableText } from '../steps/storable.js';
import type { SandboxEnd } from '../supervisor.js';
import type { AcpAgent } from './acp-agent.js';

const MAX_STDERR_CHARACTERS = 2_048;
const MAX_SAID_CHARACTERS = 1_000;

/** What JSON-RPC answers where somebody must sign in first. */
const AUTH_REQUIRED = -32_000;

/** What the shell says of a program that it could not become. */
const NOT_STARTED: Readonly<Record<number, string>> = {
  126: 'cannot be executed: mend its rights, or `command` of the agent in runtime.yaml',
  127: 'was not found: install it where this worker runs (in a box it must be on the PATH or in execution.toolchains), or mend `command` of the agent in runtime.yaml',
};

/** How an agent's attempt went wrong. */
export type Trouble = Readonly<{
  agentId: string;
  agent: AcpAgent;
  end: SandboxEnd | null;
  complaints: string;
}>;

/** Says what went wrong with an agent, with the end of what it complained of, without its secrets. */
export function agentFailure(error: unknown, trouble: Trouble): MeshError {
  const { agent, agentId, complaints } = trouble;
  const what = `the agent ${agentId} (${basename(agent.command[0] ?? '')}) ${whatOf(error, trouble)}`;
  const without = (text: string) => redacted(text, Object.values(agent.env), MIN_VARIABLE_CHARACTERS);
  const clean = without(complaints.trim()).slice(-MAX_STDERR_CHARACTERS);
  const said = clean === '' ? '' : `\nstderr: ${clean}`;
  return new MeshError('unsupported', storableText(`${without(what)}${said}`));
}

function whatOf(error: unknown, { agent, end }: Trouble): string {
  if (isAnswer(error)) return answered(error, agent);
  if (isMeshError(error))
    return `cannot be worked with: ${error.message}; see whether it speaks ACP on stdio`;
  return end === null ? `cannot be worked with: ${messageOf(error)}` : ended(end);
}

function ended({ code, signal, limit }: SandboxEnd): string {
  const why = code === null ? undefined : NOT_STARTED[code];
  if (why !== undefined) return why;
  const how = signal === null ? `with code ${code ?? 'none'}` : `by ${signal}`;
  return `ended ${how} before it had answered${limit === null ? '' : `: ${limit}`}`;
}

type Answer = Error & Readonly<{ code: number; data?: unknown }>;

const isAnswer = (error: unknown): error is Answer =>
  error instanceof Error && 'code' in error && typeof error.code === 'number';

function answered({ code, message, data }: Answer, { env }: AcpAgent): string {
  const more = data === undefined || data === null ? '' : ` ${JSON.stringify(data)}`;
  const said = `${message}${more}`.slice(0, MAX_SAID_CHARACTERS);
  if (code !== AUTH_REQUIRED) return `answered with an error: ${said}`;
  const has = Object.keys(env);
  const given = has.length === 0 ? 'it has none now' : `it has ${has.join(', ')} now`;
  return `wants to be signed in (${said}): name the variable with its key in \`env\` of the agent in runtime.yaml, and set it for this worker (${given})`;
}
