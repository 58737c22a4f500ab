import { GuardedCommand, GuardedHandler, aTask } from '#access';
import type { ICommandHandler } from '#access';
import type { ResumeAnswer, TaskState } from '#contract';
import { EventStore } from '#event-store';
import { execute, targetOf } from './execute.js';
import { taskAfter } from './task-after.js';

/** Answers what a waiting task waits for. */
export class ResumeTask extends GuardedCommand<TaskState> {
  constructor(
    readonly taskId: string,
    readonly answer: ResumeAnswer,
  ) {
    super();
  }
}

@GuardedHandler(ResumeTask, ({ taskId, answer }) => ({
  permissions: [answer.approved === undefined ? 'task:submit' : 'task:approve'],
  resource: aTask(taskId),
  approves: answer.approved !== undefined,
  action: answer.approved === undefined ? 'task.resume' : 'task.approve',
}))
export class ResumeTaskHandler implements ICommandHandler<ResumeTask> {
  constructor(private readonly store: EventStore) {}

  async execute({ taskId, answer, cause }: ResumeTask): Promise<TaskState> {
    await execute(
      this.store,
      await targetOf(this.store, taskId),
      { type: 'ResumeTask', data: { ...answer, question: cause.question, now: cause.at } },
      cause,
    );
    return taskAfter(this.store, taskId);
  }
}
