import type { QueuedTask } from '#event-store';
import type { Share } from './waiting.js';

let places = 0;

/** A task as the table has it, later than those before. */
export function queued(taskId: string, more: Partial<QueuedTask> = {}): QueuedTask {
  const place = ++places;
  const whose = { tenant: 't', sessionId: 's', agentId: 'shell' };
  const when = { priority: 5, requires: [], submittedAt: place, readyAt: null, place };
  return { taskId, ...whose, ...when, ...more };
}

export const share = (more: Partial<Share> = {}): Share => ({
  tasks: Infinity,
  perSession: Infinity,
  perAgent: new Map(),
  sessionWeight: 1,
  ...more,
});
