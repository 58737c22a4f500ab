import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MeshError } from '#errors';

export type Written = Readonly<{ file: string; lines: number; bytes: number }>;

const NEWLINE = 10;

/**
 * Writes pieces into a file that only this user may read. The file is there when all of it is; until then, and if it
 * never is, what stood there before stands there still.
 *
 * @throws {MeshError} `invalid_request`, field `output`, for a place that cannot be written; what the pieces throw
 */
export async function writeWhole(
  name: string,
  cwd: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<Written> {
  const file = resolve(cwd, name);
  const part = `${file}.${process.pid}.part`;
  const handle = await open(part, 'wx', 0o600).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
  let [lines, bytes] = [0, 0];
  try {
    for await (const piece of pieces) {
      await handle.appendFile(piece).catch((cause: unknown) => {
        throw unwritable(file, cause);
      });
      bytes += piece.length;
      for (const byte of piece) if (byte === NEWLINE) lines += 1;
    }
    await handle.sync();
    await rename(part, file).catch((cause: unknown) => {
      throw unwritable(file, cause);
    });
    return { file, lines, bytes };
  } finally {
    await handle.close();
    await rm(part, { force: true });
  }
}

const unwritable = (file: string, cause: unknown) =>
  new MeshError(
    'invalid_request',
    `--output: ${file} cannot be written (${codeOf(cause)})`,
    { field: 'output', hint: 'name a file in a folder that is there and yours' },
    { cause },
  );

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
