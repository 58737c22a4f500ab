import { z } from 'zod';
import type { Outcome } from '../executor.js';
import { AnswerText } from './answer-text.js';
import { cutOff } from './body.js';
import type { Pieces } from './body.js';
import { completed, failed, readAs } from './outcome.js';

/** Whom it is told what an agent says before its end. */
export type Listener = Readonly<{
  write: (text: string) => Promise<void>;
  progress: (percent: number, message: string | undefined) => Promise<void>;
}>;

const lineSchema = z.discriminatedUnion('type', [
  /** `progress`: in percent. @default what it was before */
  z.strictObject({
    type: z.literal('progress'),
    progress: z.number().min(0).max(100).optional(),
    message: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('output'), text: z.string() }),
  /** `output`: of the task. @default all that was put out */
  z.strictObject({ type: z.literal('completed'), output: z.string().optional() }),
  z.strictObject({ type: z.literal('failed'), error: z.string() }),
]);

type Line = z.output<typeof lineSchema>;

/** What each line does; one that ends the attempt says how. */
type Effects = {
  readonly [Type in Line['type']]: (line: Extract<Line, { type: Type }>) => Promise<Outcome | void>;
};

/**
 * Reads an answer of JSON lines, each told as it comes, up to the one that says how it ended. Empty ones mean nothing.
 *
 * @throws {MeshError} `unavailable` if there is no such line, `invalid_request` if one cannot be read
 */
export async function readLines(pieces: Pieces, listener: Listener): Promise<Outcome> {
  const effects = effectsOf(listener);
  let number = 0;
  for await (const text of linesOf(pieces)) {
    number += 1;
    if (text.trim() === '') continue;
    const line = readAs(lineSchema, text, `line ${number}`);
    const outcome = await (effects[line.type] as (of: Line) => Promise<Outcome | void>)(line);
    if (outcome) return outcome;
  }
  throw cutOff('it sent no line "completed" or "failed"');
}

const MAX_MESSAGE_CHARACTERS = 1300;

function effectsOf({ write, progress }: Listener): Effects {
  const said = new AnswerText(write);
  let percent = 0;
  return {
    progress: ({ progress: now = percent, message }) => {
      percent = now;
      return progress(percent, message?.slice(0, MAX_MESSAGE_CHARACTERS));
    },
    output: ({ text }) => said.add(text),
    completed: async ({ output = said.whole() }) => {
      const outcome = completed(output);
      if (said.whole() === '') await write(output);
      return outcome;
    },
    failed: async ({ error }) => failed(error, said.whole()),
  };
}

/** The last may lack its end, if it is whole. */
async function* linesOf(pieces: Pieces): AsyncIterable<string> {
  let rest = '';
  for await (const piece of pieces) {
    const [first = '', ...more] = piece.split('\n');
    rest += first;
    if (more.length === 0) continue;
    yield rest;
    rest = more.pop() ?? '';
    yield* more;
  }
  if (isJson(rest)) yield rest;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
