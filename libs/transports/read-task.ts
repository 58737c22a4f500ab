import type { Gate } from '#access';
import type { Actor, TaskState } from '#contract';
import { MeshError } from '#errors';
import { GetTask } from '#read-models';

/** Why a task was cancelled when nobody said. */
export const NO_REASON = 'cancelled on request';

/**
 * A task that must be there.
 *
 * @throws {MeshError} `not_found`; `unavailable` while version `atLeast` is not yet to be read
 */
export async function readTask(
  gate: Gate,
  actor: Actor,
  taskId: string,
  atLeast?: number,
): Promise<TaskState> {
  const state = await gate.query(actor, new GetTask(taskId, atLeast));
  if (state) return state;
  throw new MeshError('not_found', `there is no task ${taskId}`);
}
