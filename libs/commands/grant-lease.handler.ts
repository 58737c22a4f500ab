import { GuardedCommand, GuardedHandler, TaskRights, aTask } from '#access';
import type { Cause, ICommandHandler } from '#access';
import type { Grant } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import type { Stored } from '#event-store';
import { execute } from './execute.js';
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

@GuardedHandler(GrantLease, ({ taskId }) => ({
  internal: 'system',
  resource: aTask(taskId),
  action: 'task.lease',
}))
export class GrantLeaseHandler implements ICommandHandler<GrantLease> {
  constructor(
    private readonly store: EventStore,
    private readonly rights: TaskRights,
  ) {}

  /** @throws {MeshError} `access_denied` if what the submitter may do has shrunk meanwhile: the task has failed, and says so */
  async execute({ taskId, workerId, leaseMs, cause }: GrantLease): Promise<Grant> {
    const waiting = await this.store.peek(taskId);
    if (!waiting) throw new MeshError('not_found', `there is no task ${taskId}`);
    await this.checkRights(waiting, cause);
    const order = { type: 'GrantLease', data: { workerId, leaseMs } } as const;
    await execute(this.store, { tenant: waiting.tenant, taskId }, order, cause);
    const stored = await this.store.loadWithText(taskId);
    const grant = stored && grantOf(stored);
    if (!grant) throw new MeshError('fenced', `task ${taskId} was taken back at once`);
    return grant;
  }

  private async checkRights(waiting: Stored, cause: Cause): Promise<void> {
    const { verdict, record } = await this.rights.judge(waiting);
    if (verdict.allowed) return;
    const error = `not allowed any more: ${verdict.reason}`;
    const { id: commitId, at } = record;
    await execute(
      this.store,
      { tenant: waiting.tenant, taskId: waiting.taskId },
      { type: 'FailTask', data: { error } },
      { ...cause, verdict, commitId, at, audit: record },
    );
    throw new MeshError('access_denied', error);
  }
}
