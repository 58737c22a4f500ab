import { GuardedCommand, GuardedHandler, aTask } from '#access';
import type { ICommandHandler } from '#access';
import { WorkerLink } from '#contract';
import type { TaskState } from '#contract';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';
import { stopWorker } from './stop-worker.js';
import { taskAfter } from './task-after.js';

/** Stops the task's attempt and frees its worker; resuming begins a new attempt. */
export class PauseTask extends GuardedCommand<TaskState> {
  constructor(
    readonly taskId: string,
    readonly reason?: string,
  ) {
    super();
  }
}

@GuardedHandler(PauseTask, ({ taskId }) => ({
  permissions: ['task:cancel'],
  resource: aTask(taskId),
  action: 'task.pause',
}))
export class PauseTaskHandler implements ICommandHandler<PauseTask> {
  constructor(
    private readonly store: EventStore,
    private readonly workers: WorkerLink,
  ) {}

  async execute({ taskId, reason, cause }: PauseTask): Promise<TaskState> {
    const target = await targetOf(this.store, taskId);
    const { ended } = await execute(this.store, target, { type: 'PauseTask', data: { reason } }, cause);
    stopWorker(this.workers, taskId, ended, 'paused');
    return taskAfter(this.store, taskId);
  }
}
