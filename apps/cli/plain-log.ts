import { harmless } from './harmless.js';
import type { Output } from './output.js';

const WORDS: ReadonlyMap<number, string> = new Map([
  [40, 'warning'],
  [50, 'error'],
]);

type Line = Readonly<{ level: number; msg: string; error?: unknown }>;

/** What a runtime in this process logs, as people read it: a line of JSON becomes a line of words on stderr. */
export const plainLog = (output: Pick<Output, 'note'>) => ({
  write(line: string): void {
    const { level, msg, error } = JSON.parse(line) as Line;
    const word = WORDS.get(level);
    if (word === undefined) return;
    const cause = typeof error === 'string' ? ` (${error})` : '';
    void output.note(harmless(`${word}: ${msg}${cause}`));
  },
});
