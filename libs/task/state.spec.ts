import { describe, expect, it } from 'vitest';
import { fold, isFinal, maySucceed, placementOf } from '#task';
import type { TaskStatus } from '#task';
import { historyOf } from '#test/given';
import type { Short } from '#test/given';

/** contract.md §1, word for word. */
const CONTRACT: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  pending: ['planning', 'failed', 'cancelled'],
  planning: ['running', 'failed', 'cancelled'],
  running: ['waiting', 'completed', 'failed', 'cancelled'],
  waiting: ['running', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};
const STATUSES = Object.keys(CONTRACT) as TaskStatus[];
const PAIRS = STATUSES.flatMap((from) =>
  STATUSES.map((to) => ({ from, to, legal: CONTRACT[from].includes(to) })),
);

describe('the state table', () => {
  it.each(PAIRS)('says of $from → $to: legal is $legal', ({ from, to, legal }) => {
    expect(maySucceed(from, to)).toBe(legal);
  });

  it('lets a new task only become pending', () => {
    expect(STATUSES.filter((to) => maySucceed('new', to))).toEqual(['pending']);
  });

  it('calls final what nothing leaves', () => {
    expect(STATUSES.filter(isFinal)).toEqual(['completed', 'failed', 'cancelled']);
  });
});

describe('the placement of a task', () => {
  const lost: Short = { type: 'AttemptLost', data: { epoch: 2, reason: 'gone' } };
  const cases: readonly [string, readonly Short[], string][] = [
    ['waits for a worker once submitted', ['TaskSubmitted'], 'ready'],
    ['is leased while a worker holds it', ['TaskSubmitted', 'LeaseGranted'], 'leased'],
    [
      'is leased while it runs',
      ['TaskSubmitted', 'LeaseGranted', 'PlanningStarted', 'TaskStarted'],
      'leased',
    ],
    ['is ready again after a lost attempt', ['TaskSubmitted', 'LeaseGranted', lost], 'ready'],
    [
      'keeps its place, and no worker, while it waits',
      ['TaskSubmitted', 'PlanningStarted', 'TaskStarted', 'InputRequested'],
      'waiting',
    ],
    [
      'is ready once resumed',
      ['TaskSubmitted', 'PlanningStarted', 'TaskStarted', 'TaskPaused', 'TaskResumed'],
      'ready',
    ],
    ['needs no worker once over', ['TaskSubmitted', 'LeaseGranted', 'TaskCancelled'], 'none'],
  ];
  it.each(cases)('%s', (_sentence, history, placement) => {
    const task = fold(historyOf(history));
    expect(task && placementOf(task)).toBe(placement);
  });
});
