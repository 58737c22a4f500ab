import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { MeshError } from '#errors';
import type { Outcome } from '../executor.js';
import { AnswerText } from './answer-text.js';
import type { Pieces } from './body.js';
import { readLines } from './lines.js';
import type { Listener } from './lines.js';
import { completed, failed, readAs } from './outcome.js';

type Reader = (pieces: Pieces, listener: Listener) => Promise<Outcome>;

/** How an answer is read, by what it says it is. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['application/json', readJson],
  ['text/plain', readText],
  ['application/x-ndjson', readLines],
]);

/**
 * How to read an answer with these headers.
 *
 * @throws {MeshError} `unsupported`, naming what can be read
 */
export function readerOf(headers: IncomingHttpHeaders): Reader {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw unreadable('content encoding', encoding, ['identity']);
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const reader = READERS.get(type);
  if (!reader) throw unreadable('content type', type, [...READERS.keys()]);
  return reader;
}

const unreadable = (what: string, was: string, known: readonly string[]) =>
  new MeshError(
    'unsupported',
    `the agent answered with ${what} "${was.slice(0, 100)}"; it must be ${known.join(', ')}`,
  );

const answerSchema = z
  .strictObject({ output: z.string().optional(), error: z.string().optional() })
  .refine(
    ({ output, error }) => (output === undefined) !== (error === undefined),
    'must have "output" or "error", and not both',
  );

async function readJson(pieces: Pieces, { write }: Listener): Promise<Outcome> {
  let text = '';
  for await (const piece of pieces) text += piece;
  const { error, output = '' } = readAs(answerSchema, text, 'the answer');
  if (error !== undefined) return failed(error);
  const outcome = completed(output);
  await write(output); // who watches reads the text of a task, and sees no other
  return outcome;
}

async function readText(pieces: Pieces, { write }: Listener): Promise<Outcome> {
  const said = new AnswerText(write);
  for await (const piece of pieces) await said.add(piece);
  return completed(said.whole());
}
