import type { Grant } from '#contract';
import type { StoredWithText } from '#event-store';
import type { Task } from '#task';

/** All a worker needs to run the task it was given; nothing if the lease has ended meanwhile. */
export function grantOf({ tenant, taskId, task, input }: StoredWithText): Grant | null {
  if (!task.lease) return null;
  return {
    taskId,
    tenant,
    epoch: task.lease.epoch,
    attempt: task.attempt,
    leaseMs: task.lease.leaseMs,
    sessionId: task.sessionId,
    agentId: task.agentId,
    description: task.description,
    input,
    model: task.model,
    thinking: task.thinking,
    metadata: task.metadata,
    budget: task.budget,
    workspace: task.workspace,
    timeoutMs: remainingMs(task),
    steps: task.steps,
    usage: task.usage,
  };
}

/** What is left of the task's time, as of its last event: earlier attempts have used some of it. */
const remainingMs = ({ deadlineAt, updatedAt, timeoutMs }: Task): number | undefined =>
  deadlineAt === undefined ? timeoutMs : Math.max(1, Date.parse(deadlineAt) - Date.parse(updatedAt));
