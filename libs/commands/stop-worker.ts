import type { WorkerLink } from '#contract';
import type { Lease } from '#task';

/** Tells the worker at once. A message that gets lost is made up for by its next beat, which finds itself fenced. */
export function stopWorker(
  workers: WorkerLink,
  taskId: string,
  ended: Lease | undefined,
  reason: string,
): void {
  if (ended) workers.push(ended.workerId, { type: 'stop', taskId, epoch: ended.epoch, reason });
}
