import { readFile, stat } from 'node:fs/promises';
import { MeshError } from '#errors';

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The text of a file, by its real path.
 *
 * @param name what to call it
 * @throws {MeshError} `not_found`; `payload_too_large`; `invalid_request` for what is no text file
 */
export async function textOf(file: string, name: string): Promise<string> {
  const found = await stat(file).catch(() => null);
  if (!found)
    throw new MeshError('not_found', `path: there is no file "${name}"; list-files shows what there is`);
  if (!found.isFile()) throw new MeshError('invalid_request', `path: "${name}" is not a file`);
  if (found.size > MAX_FILE_BYTES)
    throw new MeshError(
      'payload_too_large',
      `path: "${name}" has ${found.size} bytes, more than ${MAX_FILE_BYTES}`,
    );
  const bytes = await readFile(file);
  if (bytes.includes(0)) throw new MeshError('invalid_request', `path: "${name}" is not a text file`);
  return bytes.toString('utf8');
}
