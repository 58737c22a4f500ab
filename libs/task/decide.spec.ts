import { describe, expect, it } from 'vitest';
import { decide, evolve, fold, placementOf } from '#task';
import type { TaskCommand, WorkerFact } from '#task';
import { SUBMISSION, given, historyOf } from '#test/given';
import type { Short } from '#test/given';
import {
  CANCEL,
  IN,
  LEASE,
  LOSE,
  PAUSE,
  RESUME,
  SAY,
  SUBMIT,
  leased,
  report,
  running,
  says,
} from '#test/orders';

const aTask = given({ decide, evolve });

describe('submitting', () => {
  it('records what was asked', () =>
    aTask().when(SUBMIT).records({ type: 'TaskSubmitted', data: SUBMISSION }));

  it('goes to waiting in one commit, without a lease, where an approval is required', () => {
    const data = { ...SUBMISSION, requiresApproval: true };
    const prompt: Short = { type: 'ApprovalRequested', data: { prompt: 'Approve: run the tests' } };
    aTask()
      .when({ type: 'SubmitTask', data })
      .records('TaskSubmitted', 'PlanningStarted', 'TaskStarted', prompt);
    const task = fold(historyOf(decide({ type: 'SubmitTask', data }, null)));
    expect(task).toMatchObject({ status: 'waiting', attempt: 0, version: 4, waiting: { kind: 'approval' } });
    expect(task).not.toHaveProperty('lease');
  });
});

const answer = (data: { approved?: boolean; reason?: string }): TaskCommand => ({
  type: 'ResumeTask',
  data,
});

describe('an approval', () => {
  const asking: readonly Short[] = ['TaskSubmitted', 'PlanningStarted', 'TaskStarted', 'ApprovalRequested'];

  it('lets the task run when given', () =>
    aTask(...asking)
      .when(answer({ approved: true }))
      .records('TaskResumed'));
  it('fails the task when denied, and says why', () =>
    aTask(...asking)
      .when(answer({ approved: false, reason: 'no' }))
      .records({ type: 'TaskFailed', data: { error: 'denied: no' } }));
  it('must be answered', () =>
    aTask(...asking)
      .when(answer({ reason: 'hm' }))
      .refuses('invalid_request'));
  it('cannot be paused around', () =>
    aTask(...asking)
      .when(PAUSE)
      .refuses('illegal_transition'));
});

describe('attempts', () => {
  const lostOnce: readonly Short[] = [
    ...running,
    { type: 'AttemptLost', data: { epoch: 2, reason: 'gone' } },
  ];

  it('begin anew after a lost one', () =>
    aTask(...lostOnce)
      .when(LEASE)
      .records('LeaseGranted'));
  it('do not start the task a second time', () =>
    aTask(...lostOnce, 'LeaseGranted')
      .when(
        report(
          [
            { type: 'Planning', data: {} },
            { type: 'Started', data: {} },
          ],
          { epoch: 6 },
        ),
      )
      .recordsNothing());
  it('leave the status as it was when lost', () => {
    expect(fold(historyOf(lostOnce))).toMatchObject({ status: 'running', attempt: 1 });
  });
  it('end the task with the last of them', () =>
    aTask({ type: 'TaskSubmitted', data: { ...SUBMISSION, maxAttempts: 1 } }, 'LeaseGranted')
      .when(LOSE)
      .records('AttemptLost', {
        type: 'TaskFailed',
        data: { error: 'given up after 1 attempts; the last was lost: gone', exhausted: true },
      }));
  it('go on at once when the first worker is lost, and later each time after', () => {
    const lostTwice = [...lostOnce, 'LeaseGranted'] as const;
    aTask(...lostTwice)
      .when({ type: 'LoseAttempt', data: { epoch: 6, reason: 'gone', jitter: 1 } })
      .records({ type: 'AttemptLost', data: { epoch: 6, reason: 'gone', retryAfterMs: 1000 } });
  });
  it('that failed in a way that may pass are made again after a while', () =>
    aTask(...running)
      .when(says({ type: 'Failed', data: { error: 'overloaded', retry: {} } }))
      .records({ type: 'AttemptLost', data: { epoch: 2, reason: 'overloaded', retryAfterMs: 500 } }));
  it('wait as long as they were told to', () =>
    aTask(...running)
      .when(says({ type: 'Failed', data: { error: 'overloaded', retry: { afterMs: 9000 } } }))
      .records({ type: 'AttemptLost', data: { epoch: 2, reason: 'overloaded', retryAfterMs: 9000 } }));
  it('that were handed back are not counted', () => {
    aTask(...running)
      .when(says({ type: 'Released', data: { reason: 'the worker stops' } }))
      .records({ type: 'AttemptLost', data: { epoch: 2, reason: 'the worker stops', released: true } });
    const released: Short = { type: 'AttemptLost', data: { epoch: 2, reason: 'r', released: true } };
    const task = fold(historyOf([...running, released]));
    expect([task?.losses, task?.lease, task && placementOf(task)]).toEqual([undefined, undefined, 'ready']);
  });
  it('are not lost twice', () =>
    aTask(...lostOnce)
      .when(LOSE)
      .recordsNothing());
  it('of an earlier epoch do not end a later one', () =>
    aTask(...lostOnce, 'LeaseGranted')
      .when(LOSE)
      .recordsNothing());
  it('are fenced by their epoch', () =>
    aTask(...lostOnce, 'LeaseGranted')
      .when(SAY.output)
      .refuses('fenced'));
  it('are fenced by a future epoch too', () =>
    aTask(...running)
      .when(report([], { epoch: 3 }))
      .refuses('fenced'));
  it('are fenced by their worker', () =>
    aTask(...running)
      .when(report([], { workerId: 'w2' }))
      .refuses('fenced'));
});

describe('a report', () => {
  const told: Short = {
    type: 'OutputAppended',
    data: { channel: 'stdout', text: 'x' },
    author: { kind: 'worker', id: 'w1', epoch: 2, seq: 4 },
  };
  const output: WorkerFact = { type: 'Output', data: { channel: 'stdout', text: 'x' } };

  it.each([1, 3, 4])('with number %i after number 4 is a repetition', (seq) =>
    aTask(...running, told)
      .when(report([output], { seq }))
      .recordsNothing(),
  );
  it('with a higher number counts', () =>
    aTask(...running, told)
      .when(report([output], { seq: 5 }))
      .records('OutputAppended'));
  it('is numbered anew under a new lease', () =>
    aTask(...running, told, { type: 'AttemptLost', data: { epoch: 2, reason: '' } }, 'LeaseGranted')
      .when(report([output], { epoch: 7, seq: 1 }))
      .records('OutputAppended'));
  it('is refused whole where one fact cannot be', () =>
    aTask(...running)
      .when(report([output, { type: 'Completed', data: { output: '' } }, output]))
      .refuses('illegal_transition'));
  it('may tell a whole life', () =>
    aTask(...leased)
      .when(report([{ type: 'Started', data: {} }, output, { type: 'Completed', data: { output: 'x' } }]))
      .records('PlanningStarted', 'TaskStarted', 'OutputAppended', 'TaskCompleted'));
  it('does not complete what it has just made wait', () =>
    aTask(...running)
      .when(
        report([
          { type: 'NeedInput', data: { prompt: '?' } },
          { type: 'Completed', data: { output: '' } },
        ]),
      )
      .refuses('illegal_transition'));
  it.each([
    [NaN, 0],
    [Infinity, 100],
    [-Infinity, 0],
    [-5, 0],
    [150, 100],
    [33.3, 33.3],
  ])('clamps a progress of %d to %d', (said, progress) =>
    aTask(...running)
      .when(says({ type: 'Progress', data: { progress: said } }))
      .records({ type: 'ProgressReported', data: { progress } }),
  );
});

describe('asking twice', () => {
  it('is one cancellation', () =>
    aTask(...IN.cancelled)
      .when(CANCEL)
      .recordsNothing());
  it('is one pause', () =>
    aTask(...running, 'TaskPaused')
      .when(PAUSE)
      .recordsNothing());
  it('is no second resumption', () =>
    aTask(...running, 'TaskPaused', 'TaskResumed')
      .when(RESUME)
      .refuses('illegal_transition'));
});
