import { z } from 'zod';
import { MAX_TASK_OUTPUT_BYTES } from '#contract';
import { MeshError } from '#errors';
import type { Outcome } from '../executor.js';
import { storableText } from '../steps/storable.js';
import { tooLong } from './answer-text.js';

/** An error has its room, in characters that take three bytes at most. */
const MAX_ERROR_CHARACTERS = 1300;

/** @throws {MeshError} `payload_too_large` when it is more than a task may put out */
export function completed(output: string): Outcome {
  const text = storableText(output);
  if (Buffer.byteLength(text) > MAX_TASK_OUTPUT_BYTES) throw tooLong();
  return { type: 'Completed', data: { output: text } };
}

/** @param output what the agent had put out before */
export const failed = (said: string, output = ''): Outcome => {
  const error = storableText(said.slice(0, MAX_ERROR_CHARACTERS)) || 'the agent failed and did not say why';
  return { type: 'Failed', data: { error, ...(output === '' ? {} : { output: storableText(output) }) } };
};

/**
 * Reads JSON that an agent has sent.
 *
 * @param what how an error calls it
 * @throws {MeshError} `invalid_request`, with what is wrong about it
 */
export function readAs<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  what: string,
): z.output<Schema> {
  const read = schema.safeParse(parsed(text, what));
  if (read.success) return read.data;
  const why = storableText(z.prettifyError(read.error)).slice(0, MAX_ERROR_CHARACTERS);
  throw new MeshError('invalid_request', `${what} of the agent is wrong: ${why}`);
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const seen = JSON.stringify(text.slice(0, 100));
    throw new MeshError('invalid_request', `${what} of the agent is no JSON: ${seen}`);
  }
}
