import type { IncomingMessage } from 'node:http';
import { MeshError } from '#errors';
import { OutputDecoder } from '../output/decoder.js';
import { reasonOf } from './post.js';

/** JSON may need six bytes for a character of the output. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** The text of an answer, a piece at a time as it comes. */
export type Pieces = AsyncIterable<string>;

/**
 * Reads an answer as UTF-8.
 *
 * @throws {MeshError} `unavailable` if it is cut off, `payload_too_large` if there is too much of it
 */
export async function* piecesOf(response: IncomingMessage): Pieces {
  const decoder = new OutputDecoder();
  let bytes = 0;
  for await (const chunk of unlessCut(response)) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new MeshError('payload_too_large', `the agent answered with more than ${MAX_BODY_BYTES} bytes`);
    yield decoder.decode(chunk);
  }
  yield decoder.end();
}

async function* unlessCut(response: IncomingMessage): AsyncIterable<Buffer> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (error) {
    throw cutOff(reasonOf(error));
  }
}

/** The answer did not come to its end: the attempt is lost, and nobody knows what the agent did. */
export const cutOff = (why: string): MeshError =>
  new MeshError('unavailable', `the agent was cut off before it had finished: ${why}`);
