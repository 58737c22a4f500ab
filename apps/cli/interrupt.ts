import type { Io } from './io.js';

/** What someone who pressed Ctrl-C wants to happen to the task they watch. */
export type Choice = 'detach' | 'cancel' | 'continue';

const KEYS: ReadonlyMap<string, Choice | 'again'> = new Map([
  ['d', 'detach'],
  ['D', 'detach'],
  ['c', 'cancel'],
  ['C', 'cancel'],
  ['\r', 'continue'],
  ['\n', 'continue'],
  ['\u0003', 'again'],
]);

/** True where there is someone to ask. */
export const canAsk = ({ stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>): boolean =>
  stdin.isTTY === true && stderr.isTTY === true;

/**
 * Asks for one key; other keys are not answers. A second Ctrl-C, the end of the input or `signal` give `otherwise`.
 *
 * @param detached what becomes of the task on `d`, as a sentence
 */
export function ask(
  { stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>,
  { detached, otherwise, signal }: Readonly<{ detached: string; otherwise: Choice; signal: AbortSignal }>,
): Promise<Choice> {
  stderr.write(`\nThe task is not finished. [d] detach (${detached})  [c] cancel it  [Enter] go on: `);
  return new Promise((resolve) => {
    const finish = (choice: Choice) => {
      stdin.off('data', read);
      stdin.off('end', giveUp);
      signal.removeEventListener('abort', giveUp);
      stdin.setRawMode?.(false);
      stdin.pause();
      stderr.write(`${choice}\n`);
      resolve(choice);
    };
    const giveUp = () => finish(otherwise);
    const read = (chunk: Buffer | string) => {
      const answer = Array.from(chunk.toString(), (key) => KEYS.get(key)).find(
        (choice) => choice !== undefined,
      );
      if (answer) finish(answer === 'again' ? otherwise : answer);
    };
    stdin.setRawMode?.(true);
    stdin.on('data', read);
    stdin.on('end', giveUp);
    signal.addEventListener('abort', giveUp);
    stdin.resume();
  });
}
