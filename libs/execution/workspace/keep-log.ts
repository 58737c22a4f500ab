import { open } from 'node:fs/promises';
import { isMeshError } from '#errors';
import type { Left } from './left-files.js';
import type { Transfer } from './transfer.js';

/** The artifact that has a task's output past what its log takes. */
export const OUTPUT_LOG = 'task-output.log';

/**
 * Puts the file of an attempt's output beside what its agent left, in the place of one that it left under that name.
 *
 * @throws {MeshError} what `Transfer.put` throws, but for a tenant's quota: that is told as refused
 */
export async function keepLog(path: string, left: Left, transfer: Transfer): Promise<Left> {
  const file = await open(path, 'r');
  try {
    const log = await transfer.put(OUTPUT_LOG, file);
    return { ...left, artifacts: [...left.artifacts.filter(({ name }) => name !== OUTPUT_LOG), log] };
  } catch (error) {
    if (!isMeshError(error, 'payload_too_large')) throw error;
    return { ...left, refused: [...left.refused, `"${OUTPUT_LOG}": ${error.message}`] };
  } finally {
    await file.close();
  }
}
