import { readFileSync } from 'node:fs';
import { MeshError, messageOf } from '#errors';

/**
 * The secret that a file holds, without the line's end.
 *
 * @param field the setting that names the file
 * @throws {MeshError} `invalid_request` when it cannot be read
 */
export function secretIn(file: string, field: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new MeshError('invalid_request', `${field}: ${messageOf(error)}`, { field }, { cause: error });
  }
}
