import { MeshError, isMeshError, messageOf } from '#errors';
import type { ErrorCode } from '#errors';
import { EXIT_OF } from './exit-codes.js';
import { harmless } from './harmless.js';
import type { Io } from './io.js';
import { write } from './io.js';

/** What to do next, where the error itself does not say. */
const HINTS = {
  invalid_request: 'see --help of the command',
  unauthenticated:
    'sign in with `coderclaw login --url …`, or give a token with CODERCLAW_TOKEN; that of a local server is in <data-dir>/token',
  access_denied:
    'ask whoever runs this server for a role that grants it; `coderclaw audit query --result denied` shows the decision',
  not_found: 'check the name; `coderclaw list` shows the tasks you may see',
  illegal_transition: '`coderclaw get <taskId>` shows its status now',
  idempotency_mismatch: 'use another key for another task',
  version_conflict: 'try again',
  fenced: 'the task was given to another worker: nothing to do here',
  payload_too_large: 'send less, or put it into a file of the workspace',
  rate_limited: 'wait, then try again',
  unavailable: 'try again; `coderclaw doctor` looks for the cause',
  deadline_exceeded: 'try again; `coderclaw doctor` looks for the cause',
  unsupported: '`coderclaw --help` shows what there is',
  internal: 'this is a defect: please report it with the command that showed it',
} as const satisfies Record<ErrorCode, string>;

/** Says on stderr what was wrong and what to do next; answers the exit code. */
export async function reportError(
  io: Io,
  error: unknown,
  { json }: Readonly<{ json: boolean }>,
): Promise<number> {
  const known = isMeshError(error)
    ? error
    : new MeshError('internal', messageOf(error), {}, { cause: error });
  const exitCode = EXIT_OF[known.code];
  await write(io.stderr, json ? `${JSON.stringify(asJson(known, exitCode))}\n` : asText(known));
  return exitCode;
}

const hintOf = ({ code, details }: MeshError): string => details.hint ?? HINTS[code];

const asJson = (error: MeshError, exitCode: number) => ({
  error: { code: error.code, message: error.message, ...error.details, hint: hintOf(error), exitCode },
});

function asText(error: MeshError): string {
  const { field, problems = [], retryAfterSeconds } = error.details;
  const several = problems.length > 1;
  const message = several ? `${problems.length} things are wrong` : error.message;
  const lines = [
    `error: ${message.split('\n').map(harmless).join('\n  ')}`,
    ...(field && !several && !error.message.includes(field) ? [`  field: ${harmless(field)}`] : []),
    ...(several
      ? problems.map((problem) => `  ${harmless(problem.field || 'request')}: ${harmless(problem.message)}`)
      : []),
    ...(retryAfterSeconds === undefined ? [] : [`  try again after ${retryAfterSeconds} s`]),
    `  next: ${harmless(hintOf(error))}`,
  ];
  return `${lines.join('\n')}\n`;
}
