import { z } from 'zod';
import { aTool, fitting } from './tool.js';

const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_OUTPUT = 32 * 1024;

const input = z.strictObject({
  command: z
    .string()
    .min(1)
    .max(32 * 1024)
    .describe('the command, as for sh -c'),
  timeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .optional()
    .describe(`how long it may take; ${DEFAULT_TIMEOUT_MS} unless given`),
});

/** Runs a command as the shell agent does. */
export const shellExecTool = aTool({
  description:
    'Runs a command with sh in the workspace. Answers how it ended and the end of what it printed.',
  input,
  what: ({ command }) => command,
  async run({ command, timeoutMs = DEFAULT_TIMEOUT_MS }, { command: run, signal }) {
    const timeout = AbortSignal.timeout(timeoutMs);
    const outcome = await run(command, AbortSignal.any([signal, timeout]));
    signal.throwIfAborted();
    const end = outcome.type === 'Completed' ? 'exited with code 0' : outcome.data.error;
    const how = timeout.aborted && outcome.type === 'Failed' ? `stopped after ${timeoutMs} ms` : end;
    return `${how}\n${lastOf(outcome.data.output ?? '')}`;
  },
});

/** Of much output the end says what happened. */
const lastOf = (text: string): string =>
  text.length <= MAX_OUTPUT
    ? text
    : `[cut: ${text.length - MAX_OUTPUT} characters before]\n${fitting(text.slice(-MAX_OUTPUT))}`;
