import { GuardedCommand, GuardedHandler } from '#access';
import type { ICommandHandler } from '#access';
import type { Grant } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';
import { grantOf } from './grant.js';

/** Gives a waiting task to a worker. The epoch is the version of the granting event. */
export class GrantLease extends GuardedCommand<Grant> {
  constructor(
    readonly taskId: string,
    readonly workerId: string,
    readonly leaseMs: number,
  ) {
    super();
  }
}

@GuardedHandler(GrantLease, ({ taskId }) => ({ internal: 'system', taskId, action: 'task.lease' }))
export class GrantLeaseHandler implements ICommandHandler<GrantLease> {
  constructor(private readonly store: EventStore) {}

  async execute({ taskId, workerId, leaseMs, cause }: GrantLease): Promise<Grant> {
    const target = await targetOf(this.store, taskId);
    await execute(this.store, target, { type: 'GrantLease', data: { workerId, leaseMs } }, cause);
    const stored = await this.store.loadWithText(taskId);
    const grant = stored && grantOf(stored);
    if (!grant) throw new MeshError('fenced', `task ${taskId} was taken back at once`);
    return grant;
  }
}
