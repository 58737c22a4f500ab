import type { Grant } from '#contract';
import type { StoredWithText } from '#event-store';

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
    timeoutMs: task.timeoutMs,
    steps: task.steps,
    usage: task.usage,
  };
}
