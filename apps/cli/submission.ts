import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { TaskSubmitRequest } from '#contract';
import type { JsonObject } from '#task';
import type { Connection } from './connection.js';
import { shortened } from './harmless.js';
import type { Io } from './io.js';
import { integer, keyValue } from './parse.js';

/** Flags of `run` and `submit`. */
export type SubmissionOptions = Readonly<{
  agent?: string;
  description?: string;
  workspace?: string;
  timeout?: number;
  priority?: number;
  metadata?: JsonObject;
  idempotencyKey?: string;
  model?: string;
  session?: string;
  requiresApproval?: boolean;
}>;

const HIGHEST_PRIORITY = 9;
const LONGEST_MS = 2_147_483_647;
const DESCRIPTION_LENGTH = 100;

/** Adds what it takes to submit a task to a command. */
export const withSubmission = (command: Command): Command =>
  command
    .argument(
      '<input>',
      'what the agent gets; for the shell agent, a command; - reads it from standard input',
    )
    .option('--agent <id>', 'who is to do it (default: the configured agent, shell)')
    .option('--description <text>', 'what it is about (default: the input’s first line)')
    .option('--workspace <folder>', 'folder to work in; to a server elsewhere its files are sent')
    .option('--timeout <ms>', 'milliseconds the task may run, over all attempts', integer(1, LONGEST_MS))
    .option('--priority <n>', '0–9, higher first (default: 5)', integer(0, HIGHEST_PRIORITY))
    .option('--metadata <key=value>', 'something to remember; may be repeated', keyValue)
    .option('--idempotency-key <key>', 'a repeat with the same key finds the same task')
    .option('--model <name>', 'model the agent is to use')
    .option('--session <id>', 'session to work in')
    .option('--requires-approval', 'wait for `coderclaw approve` before anyone works on it');

/** What is submitted. Reads standard input where the input is `-`. */
export async function requestOf(
  input: string,
  options: SubmissionOptions,
  { stdin }: Pick<Io, 'stdin'>,
): Promise<TaskSubmitRequest> {
  const whole = input === '-' ? await text(stdin) : input;
  const given = {
    agentId: options.agent,
    timeoutMs: options.timeout,
    priority: options.priority,
    metadata: options.metadata,
    idempotencyKey: options.idempotencyKey,
    model: options.model,
    sessionId: options.session,
    requiresApproval: options.requiresApproval,
  };
  const there = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { description: options.description ?? firstLine(whole), input: whole, ...there };
}

/** The request, with the folder that was named sent ahead of it. */
export async function withWorkspace(
  request: TaskSubmitRequest,
  { sendWorkspace }: Pick<Connection, 'sendWorkspace'>,
): Promise<TaskSubmitRequest> {
  const workspace = await sendWorkspace?.();
  return workspace === undefined ? request : { ...request, workspace };
}

const firstLine = (input: string): string =>
  shortened(input.trim().split('\n')[0] ?? '', DESCRIPTION_LENGTH) || 'no description';
