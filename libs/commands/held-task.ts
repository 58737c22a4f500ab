import { MeshError } from '#errors';
import type { EventStore, Stored } from '#event-store';

/**
 * The task, as the worker holds it.
 *
 * @throws {MeshError} `fenced` if it is not, or no longer, this worker's under that epoch
 */
export async function heldTask(
  store: EventStore,
  { taskId, workerId, epoch }: Readonly<{ taskId: string; workerId: string; epoch: number }>,
): Promise<Stored> {
  const stored = await store.load(taskId);
  if (stored?.task.lease?.epoch !== epoch || stored.task.lease.workerId !== workerId)
    throw new MeshError('fenced', `worker ${workerId} no longer holds this task under epoch ${epoch}`);
  return stored;
}
