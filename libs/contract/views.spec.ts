import { describe, expect, it } from 'vitest';
import { historyEventOf, taskStateOf, updateOf } from '#contract';
import { fold } from '#task';
import type { Task, TaskEventType } from '#task';
import { SUBMISSION, USUAL, historyOf, timeOf } from '#test/given';

const SAID: Readonly<Record<TaskEventType, string>> = {
  TaskSubmitted: 'submitted: run the tests',
  LeaseGranted: 'given to worker w1',
  PlanningStarted: 'planning',
  PlanRecorded: 'planned 2 steps',
  TaskStarted: 'started',
  ProgressReported: '50 %',
  OutputAppended: '3 characters of stdout',
  StepRecorded: 'model-1 done',
  InputRequested: 'waits for input: which branch?',
  ApprovalRequested: 'waits for approval: may I push?',
  TaskPaused: 'paused',
  TaskResumed: 'resumed',
  AttemptLost: 'attempt lost: lease expired',
  TaskCompleted: 'completed',
  TaskFailed: 'failed: exit code 1',
  TaskCancelled: 'cancelled: changed my mind',
};
const TYPES = Object.keys(SAID) as TaskEventType[];

function after(types: readonly TaskEventType[]): Task {
  const task = fold(historyOf(types));
  if (!task) throw new Error('a history of nothing');
  return task;
}

describe('a task as clients see it', () => {
  const hidden = {
    timeoutMs: 5,
    requires: ['gpu'],
    budget: { maxTokens: 1 },
    requiresApproval: false,
    workspace: { ref: 'main' },
    requestDigest: 'd',
  };
  const task: Task = { ...after(['TaskSubmitted', 'LeaseGranted']), ...hidden, progress: 7 };

  it('hides what is ours', () => {
    expect(taskStateOf('t1', task, 'in')).toStrictEqual({
      id: 't1',
      ownerId: 'ann',
      sessionId: 'default',
      agentId: 'shell',
      description: SUBMISSION.description,
      priority: 5,
      status: 'pending',
      version: 2,
      attempt: 1,
      createdAt: timeOf(1),
      updatedAt: timeOf(2),
      progress: 7,
      input: 'in',
      artifacts: [],
    });
  });

  it.each([
    [undefined, false],
    [null, false],
    ['', true],
    ['x', true],
  ])('with output %j: has one is %j', (output, has) => {
    expect('output' in taskStateOf('t1', task, 'in', output)).toBe(has);
  });
});

describe('an event as clients see it', () => {
  it.each(TYPES)('%s, in the history and on the stream', (type) => {
    const [, event] = historyOf(['TaskSubmitted', type]);
    if (!event) throw new Error('no event');
    const task = after(['TaskSubmitted', type]);
    const shared = {
      taskId: 't1',
      version: 2,
      type,
      timestamp: timeOf(2),
      message: SAID[type],
      data: USUAL[type],
    };
    const attempt = type === 'LeaseGranted' ? { attempt: 1 } : {};
    const progress = task.progress === undefined ? {} : { progress: task.progress };
    const output = type === 'OutputAppended' ? { output: 'ok\n' } : {};
    expect(historyEventOf('t1', event, task)).toStrictEqual({
      ...shared,
      event: type,
      actor: 'user:ann',
      ...attempt,
    });
    expect(updateOf('t1', event, task)).toStrictEqual({
      ...shared,
      status: task.status,
      ...progress,
      ...output,
    });
  });
});
