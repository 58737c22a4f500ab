import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { MeshError } from '#errors';
import { canAsk } from './interrupt.js';
import type { Io } from './io.js';
import { readLine } from './read-line.js';

const MAX_BYTES = 64 * 1024;

/** Where a secret comes from: a file, the standard input (`-`), or whoever sits at the terminal. Never an argument. */
export type SecretSource = Readonly<{
  file: string | undefined;
  /** The flag that names the file. */
  flag: string;
  /** What is asked for on a terminal. */
  question: string;
  /** A new one is asked for twice: nobody sees what they type. @default false */
  isNew?: boolean;
}>;

/** @throws {MeshError} `invalid_request` if it cannot be read, is empty, or nobody can be asked */
export async function secretOf(io: Io, source: SecretSource): Promise<string> {
  const { file, flag } = source;
  const text = file === undefined ? await asked(io, source) : await readSecret(io, file, flag);
  if (text !== '') return text;
  const what = file === undefined ? 'nothing was entered' : `${flag}: ${shown(file)} is empty`;
  throw new MeshError('invalid_request', what, { field: flag, hint: 'it takes at least one character' });
}

async function asked(io: Io, { flag, question, isNew = false }: SecretSource): Promise<string> {
  if (!canAsk(io))
    throw new MeshError('invalid_request', `${flag} is needed: there is no terminal to ask on`, {
      field: flag,
      hint: `give ${flag} <file>, or ${flag} - to read it from the standard input`,
    });
  const first = await readLine(io, `${question}: `, { secret: true });
  if (!isNew || (await readLine(io, `${question}, again: `, { secret: true })) === first) return first;
  throw new MeshError('invalid_request', 'the two were not the same', { field: flag, hint: 'try again' });
}

/** The text of a file or of the standard input, without the newline at its end. */
async function readSecret(io: Io, file: string, flag: string): Promise<string> {
  return (await readText(io, file, flag)).replace(/\r?\n$/, '');
}

/** @throws {MeshError} `invalid_request` if it cannot be read or is too long */
export async function readText(io: Pick<Io, 'stdin' | 'cwd'>, file: string, flag: string): Promise<string> {
  const stream = file === '-' ? io.stdin : createReadStream(resolve(io.cwd, file));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const piece = Buffer.from(chunk as Buffer);
      chunks.push(piece);
      bytes += piece.length;
      if (bytes > MAX_BYTES) throw tooLong(file, flag);
    }
  } catch (cause) {
    throw cause instanceof MeshError ? cause : unreadable(file, flag, cause);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const shown = (file: string): string => (file === '-' ? 'the standard input' : file);

const tooLong = (file: string, flag: string) =>
  new MeshError('invalid_request', `${flag}: ${shown(file)} is longer than ${MAX_BYTES} bytes`, {
    field: flag,
  });

const unreadable = (file: string, flag: string, cause: unknown) => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const hint = 'name a file that is there and that you may read';
  return new MeshError(
    'invalid_request',
    `${flag}: ${shown(file)} cannot be read (${code})`,
    { field: flag, hint },
    { cause },
  );
};
