import { Approvals, GuardedCommand, GuardedHandler, TaskRights, aTask } from '#access';
import type { ICommandHandler } from '#access';
import type { SkillAnswer, SkillUse } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';

/** A worker asks before each use of a skill. The answer is recorded before it is given. */
export class UseSkill extends GuardedCommand<SkillAnswer> {
  constructor(readonly use: SkillUse) {
    super();
  }
}

@GuardedHandler(UseSkill, ({ use }) => ({
  internal: 'worker',
  resource: aTask(use.taskId),
  action: 'skill.execute',
}))
export class UseSkillHandler implements ICommandHandler<UseSkill> {
  constructor(
    private readonly store: EventStore,
    private readonly rights: TaskRights,
    private readonly approvals: Approvals,
  ) {}

  /** @throws {MeshError} `fenced` if the task is not, or no longer, this worker's */
  async execute({ use: { taskId, workerId, epoch, skillId, key } }: UseSkill): Promise<SkillAnswer> {
    const stored = await this.store.load(taskId);
    if (stored?.task.lease?.epoch !== epoch || stored.task.lease.workerId !== workerId)
      throw new MeshError('fenced', `worker ${workerId} no longer holds this task under epoch ${epoch}`);
    const { verdict, record } = await this.rights.judge(stored, { skillId, key });
    await this.store.record(record);
    const { allowed, reason } = verdict;
    if (allowed || !verdict.needsApproval) return { allowed, reason };
    const ttlMs = await this.approvals.ttlMs(stored.tenant, stored.task, skillId);
    return { allowed, reason, needsApproval: { ttlMs } };
  }
}
