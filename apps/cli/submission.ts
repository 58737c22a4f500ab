import { text } from 'node:stream/consumers';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { TaskSubmitRequest } from '#contract';
import type { JsonObject } from '#task';
import type { Connection } from './connection.js';
import { shortened } from './harmless.js';
import type { Io } from './io.js';
import { budget, integer, keyValue, names } from './parse.js';

/** Flags of whatever says what a task is: what is submitted now, and what a schedule submits. */
export type TaskOptions = Readonly<{
  agent?: string;
  description?: string;
  timeout?: number;
  priority?: number;
  requires?: readonly string[];
  maxAttempts?: number;
  budget?: TaskSubmitRequest['budget'];
  model?: string;
  thinking?: string;
  metadata?: JsonObject;
  requiresApproval?: boolean;
  repository?: string;
  ref?: string;
  diff?: boolean;
}>;

/** Flags of `run` and `submit`. */
export type SubmissionOptions = TaskOptions &
  Readonly<{ workspace?: string; idempotencyKey?: string; session?: string; parent?: string }>;

const HIGHEST_PRIORITY = 9;
const MOST_ATTEMPTS = 100;
const LONGEST_MS = 2_147_483_647;
const DESCRIPTION_LENGTH = 100;

/** Adds what says what a task is. */
export const withTask = (command: Command): Command =>
  command
    .option('--agent <id>', 'who is to do it (default: the configured agent, shell)')
    .option('--description <text>', 'what it is about (default: the input’s first line)')
    .option('--timeout <ms>', 'milliseconds the task may run, over all attempts', integer(1, LONGEST_MS))
    .option('--priority <n>', '0–9, higher first (default: 5)', integer(0, HIGHEST_PRIORITY))
    .option(
      '--requires <labels>',
      'only a worker that carries these, commas between them; may be repeated',
      names,
    )
    .option(
      '--max-attempts <n>',
      'how often it is tried before it is given up (default: 3)',
      integer(1, MOST_ATTEMPTS),
    )
    .option(
      '--budget <limits>',
      'what its models may use before it asks: tokens=50000, usd=2.50, or both',
      budget,
    )
    .option('--model <name>', 'model the agent is to use')
    .option('--thinking <level>', 'how hard the model is to think: low, medium, high')
    .option('--metadata <key=value>', 'something to remember; may be repeated', keyValue)
    .option('--requires-approval', 'wait for `coderclaw approve` before anyone works on it')
    .option('--repository <url>', 'git repository to work on a checkout of; the policy says which')
    .option('--ref <name>', 'branch, tag or commit of the repository (default: its HEAD)')
    .option('--diff', 'leave what it changes as the artifact workspace.diff (default: as the agent does)')
    .option('--no-diff', 'leave none');

/** Adds what it takes to submit a task to a command. */
export const withSubmission = (command: Command): Command =>
  withTask(
    command.argument(
      '<input>',
      'what the agent gets; for the shell agent, a command; - reads it from standard input',
    ),
  )
    .addOption(
      new Option(
        '--workspace <folder>',
        'folder to work in; to a server elsewhere its files are sent',
      ).conflicts('repository'),
    )
    .option('--idempotency-key <key>', 'a repeat with the same key finds the same task')
    .option('--session <id>', 'session to work in')
    .option('--parent <taskId>', 'task that this one is a part of');

/** What is submitted. Reads standard input where the input is `-`. */
export async function requestOf(
  input: string,
  options: SubmissionOptions,
  { stdin }: Pick<Io, 'stdin'>,
): Promise<TaskSubmitRequest> {
  const whole = input === '-' ? await text(stdin) : input;
  const { repository, ref, diff } = options;
  const workspace = given({ repository, ref, diff });
  const more = given({
    agentId: options.agent,
    timeoutMs: options.timeout,
    priority: options.priority,
    requires: options.requires,
    maxAttempts: options.maxAttempts,
    budget: options.budget,
    model: options.model,
    thinking: options.thinking,
    metadata: options.metadata,
    idempotencyKey: options.idempotencyKey,
    sessionId: options.session,
    parentTaskId: options.parent,
    requiresApproval: options.requiresApproval,
    workspace: Object.keys(workspace).length > 0 ? workspace : undefined,
  });
  return { description: options.description ?? firstLine(whole), input: whole, ...more };
}

/** What was given of these. */
const given = (options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** The request, with the folder that was named sent ahead of it. */
export async function withWorkspace(
  request: TaskSubmitRequest,
  { sendWorkspace }: Pick<Connection, 'sendWorkspace'>,
): Promise<TaskSubmitRequest> {
  const sent = await sendWorkspace?.();
  return sent === undefined ? request : { ...request, workspace: { ...request.workspace, ...sent } };
}

const firstLine = (input: string): string =>
  shortened(input.trim().split('\n')[0] ?? '', DESCRIPTION_LENGTH) || 'no description';
