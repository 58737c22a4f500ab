import { StringDecoder } from 'node:string_decoder';
import type { Io } from './io.js';

const ESCAPE = '\u001B';

/** What an arrow key and its like send. */
const SEQUENCE = new RegExp(`^${ESCAPE}(\\[[0-9;]*[A-Za-z~]|O.)?`);

type Line = Readonly<{ text: string; end: 'open' | 'entered' | 'interrupted' }>;

/** What a key does to a line that is not shown. */
const KEYS: ReadonlyMap<string, (text: string) => Line> = new Map<string, (text: string) => Line>([
  ['\r', (text) => ({ text, end: 'entered' })],
  ['\n', (text) => ({ text, end: 'entered' })],
  ['\u0003', (text) => ({ text, end: 'interrupted' })],
  ['\u0004', (text) => ({ text, end: text === '' ? 'interrupted' : 'entered' })],
  ['\u007F', (text) => ({ text: withoutLast(text), end: 'open' })],
  ['\b', (text) => ({ text: withoutLast(text), end: 'open' })],
  ['\u0015', () => ({ text: '', end: 'open' })],
]);

const withoutLast = (text: string): string => Array.from(text).slice(0, -1).join('');

/** Reads keys until the line ends; what was pasted after its end is left for whoever reads next. */
function typed(line: string, keys: string): Line & Readonly<{ rest: string }> {
  let rest = keys;
  let now: Line = { text: line, end: 'open' };
  while (rest !== '' && now.end === 'open') {
    const key = SEQUENCE.exec(rest)?.[0] ?? String.fromCodePoint(rest.codePointAt(0) ?? 0);
    rest = rest.slice(key.length);
    now = KEYS.get(key)?.(now.text) ?? { text: now.text + (/^\p{Cc}/u.test(key) ? '' : key), end: 'open' };
  }
  return { ...now, rest };
}

/**
 * Asks for one line on the terminal; a secret is not shown.
 *
 * @throws {DOMException} `AbortError` after Ctrl-C, or at the end of the input
 */
export function readLine(
  { stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>,
  question: string,
  { secret }: Readonly<{ secret: boolean }>,
): Promise<string> {
  const text = new StringDecoder('utf8');
  let line = '';
  stderr.write(question);
  return new Promise((resolve, reject) => {
    const leave = (rest: string) => {
      stdin.off('data', read);
      stdin.off('end', giveUp);
      if (secret) stdin.setRawMode?.(false);
      stdin.pause();
      if (rest !== '') stdin.unshift(Buffer.from(rest));
      if (secret) stderr.write('\n');
    };
    const giveUp = () => {
      leave('');
      reject(new DOMException('interrupted', 'AbortError'));
    };
    const read = (chunk: Buffer | string) => {
      const keys = typeof chunk === 'string' ? chunk : text.write(chunk);
      const { text: now, end, rest } = typed(line, keys);
      line = now;
      if (end === 'interrupted') return giveUp();
      if (end === 'entered') {
        leave(rest);
        resolve(line);
      }
    };
    if (secret) stdin.setRawMode?.(true);
    stdin.on('data', read);
    stdin.on('end', giveUp);
    stdin.resume();
  });
}
