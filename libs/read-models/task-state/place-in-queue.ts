import type { TaskState, WorkerInfo } from '#contract';
import type { Task } from '#task';

export type PlaceInQueue = NonNullable<TaskState['queue']>;

/** What a ready task waits for besides its turn; nothing if only for that. */
export function waitingFor(
  { agentId, retryAt, requires = [] }: Pick<Task, 'agentId' | 'retryAt' | 'requires'>,
  workers: readonly Pick<WorkerInfo, 'agents' | 'labels' | 'connected'>[],
  now: string,
): string | undefined {
  if (retryAt !== undefined && retryAt > now) return `its next attempt, not before ${retryAt}`;
  const connected = workers.filter((worker) => worker.connected);
  if (connected.length === 0) return 'a worker: none is connected';
  const able = connected.filter(({ agents }) => agents.includes(agentId));
  if (able.length === 0) return `a worker that runs ${agentId}: none that is connected does`;
  if (able.some(({ labels }) => requires.every((label) => labels.includes(label)))) return undefined;
  return `a worker that carries ${requires.join(', ')}: none that is connected ${able.length < connected.length ? `and runs ${agentId} ` : ''}does`;
}
