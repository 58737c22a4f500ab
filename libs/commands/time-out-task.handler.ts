import { GuardedCommand, GuardedHandler, aTask } from '#access';
import type { ICommandHandler } from '#access';
import { WorkerLink } from '#contract';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';
import { stopWorker } from './stop-worker.js';

/** The task's time, or that of its question, may be over: ends it if that is so. Answers whether it was. */
export class TimeOutTask extends GuardedCommand<boolean> {
  constructor(readonly taskId: string) {
    super();
  }
}

@GuardedHandler(TimeOutTask, ({ taskId }) => ({
  internal: 'system',
  resource: aTask(taskId),
  action: 'task.time-out',
}))
export class TimeOutTaskHandler implements ICommandHandler<TimeOutTask> {
  constructor(
    private readonly store: EventStore,
    private readonly workers: WorkerLink,
  ) {}

  async execute({ taskId, cause }: TimeOutTask): Promise<boolean> {
    const target = await targetOf(this.store, taskId);
    const order = { type: 'TimeOut', data: { now: cause.at } } as const;
    const { stored, ended } = await execute(this.store, target, order, cause);
    stopWorker(this.workers, taskId, ended, stored.task.error ?? 'its time is over');
    return stored.commitId === cause.commitId;
  }
}
