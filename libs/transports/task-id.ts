import { taskIdSchema } from '#contract';
import { MeshError } from '#errors';

/**
 * A task's id as a caller gave it. What is no UUID names no task: not found, like any other id that is not there.
 *
 * @throws {MeshError} `not_found`
 */
export function taskIdOf(value: string): string {
  const { success, data } = taskIdSchema.safeParse(value);
  if (!success) throw new MeshError('not_found', `there is no task ${value.slice(0, 64)}`);
  return data.toLowerCase();
}
