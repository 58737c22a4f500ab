import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STATUS_AFTER, clampProgress, evolve, fold } from '#task';
import type { Recorded, Task, TaskCommand, TaskEvent, TaskEventType, TaskStatus } from '#task';
import { SUBMISSION, USUAL, historyOf, timeOf } from '#test/given';
import type { Short } from '#test/given';

const HISTORIES = new URL('../../test/histories/', import.meta.url);
const running: readonly Short[] = ['TaskSubmitted', 'LeaseGranted', 'PlanningStarted', 'TaskStarted'];

const by = (epoch: number, seq: number): Short => ({
  type: 'PlanRecorded',
  data: { steps: [] },
  author: { kind: 'worker', id: 'w1', epoch, seq },
});

describe('a recorded history', () => {
  it.each(readdirSync(HISTORIES))('%s folds to its snapshot for ever', (file) => {
    const { history, snapshot } = JSON.parse(readFileSync(new URL(file, HISTORIES), 'utf8')) as {
      history: Recorded[];
      snapshot: Task;
    };
    expect(fold(history)).toStrictEqual(snapshot);
  });

  it('exists for every type of event', () => {
    const all = readdirSync(HISTORIES).flatMap(
      (file) =>
        (JSON.parse(readFileSync(new URL(file, HISTORIES), 'utf8')) as { history: Recorded[] }).history,
    );
    expect([...new Set(all.map(({ type }) => type))].toSorted()).toEqual(
      Object.keys(STATUS_AFTER).toSorted(),
    );
  });
});

describe('folding', () => {
  it('keeps the input out of the snapshot', () => {
    const { input: _, ...kept } = SUBMISSION;
    const [at] = [timeOf(1)];
    expect(fold(historyOf(['TaskSubmitted']))).toStrictEqual({
      ...kept,
      status: 'pending',
      version: 1,
      attempt: 0,
      createdAt: at,
      updatedAt: at,
    });
  });

  it('of nothing is no task', () => expect(fold([])).toBeNull());

  it('keeps the first start through later attempts', () => {
    const again: readonly Short[] = ['TaskPaused', 'TaskResumed', 'LeaseGranted'];
    expect(fold(historyOf([...running, ...again]))).toMatchObject({
      startedAt: timeOf(4),
      attempt: 2,
      updatedAt: timeOf(7),
    });
  });

  it('names the lease by the version of its grant', () => {
    expect(fold(historyOf(running))?.lease).toEqual({ epoch: 2, workerId: 'w1', seq: 0, leaseMs: 45_000 });
  });

  it('moves the number of the lease with its own reports alone', () => {
    expect(fold(historyOf([...running, by(2, 3), by(1, 9)]))?.lease?.seq).toBe(3);
  });

  it.each([
    'InputRequested',
    'ApprovalRequested',
    'TaskPaused',
    'AttemptLost',
    'TaskCompleted',
    'TaskFailed',
    'TaskCancelled',
  ] as const)('takes the lease away with %s', (type) =>
    expect(fold(historyOf([...running, type]))).not.toHaveProperty('lease'),
  );

  it.each([
    ['InputRequested', 'input', 'which branch?'],
    ['ApprovalRequested', 'approval', 'may I push?'],
    ['TaskPaused', 'paused', 'paused'],
  ] as const)('remembers after %s that it waits (%s)', (type, kind, prompt) => {
    expect(fold(historyOf([...running, type]))?.waiting).toEqual({ kind, prompt });
    expect(fold(historyOf([...running, type, 'TaskResumed']))).not.toHaveProperty('waiting');
  });

  it('is at 100 % when complete, and where it was when failed', () => {
    expect(fold(historyOf([...running, 'ProgressReported', 'TaskCompleted']))).toMatchObject({
      progress: 100,
      completedAt: timeOf(6),
    });
    expect(fold(historyOf([...running, 'ProgressReported', 'TaskFailed']))).toMatchObject({
      progress: 50,
      error: 'exit code 1',
    });
  });

  it('does not touch what it folds from', () => {
    const before = Object.freeze(fold(historyOf(running)));
    for (const event of historyOf(Object.keys(USUAL) as TaskEventType[], 5))
      expect(evolve(before, event)).not.toBe(before);
  });
});

describe('progress', () => {
  it.each([
    [NaN, 0],
    [Infinity, 100],
    [-Infinity, 0],
    [-5, 0],
    [150, 100],
    [0, 0],
    [100, 100],
    [12.5, 12.5],
  ])('%d counts as %d', (said, counts) => {
    expect(clampProgress(said)).toBe(counts);
    expect(
      fold(historyOf([...running, { type: 'ProgressReported', data: { progress: said } }]))?.progress,
    ).toBe(counts);
  });
});

describe('a new word in the language', () => {
  it('does not compile where a table over events, commands or statuses lacks it', () => {
    type Grown = TaskEvent | Readonly<{ type: 'TaskForgotten'; data: object }>;
    const { TaskCancelled: _, ...lacking } = STATUS_AFTER;
    // @ts-expect-error the new event has no row
    const afterGrown: Record<Grown['type'], TaskStatus | null> = STATUS_AFTER;
    // @ts-expect-error an event of today has lost its row
    const afterLacking: Record<TaskEventType, TaskStatus | null> = lacking;
    const words: Record<Exclude<TaskCommand['type'], 'CancelTask'>, string> = {
      SubmitTask: '',
      GrantLease: '',
      LoseAttempt: '',
      Report: '',
      PauseTask: '',
      ResumeTask: '',
      TimeOut: '',
      FailTask: '',
    };
    // @ts-expect-error a command has no row
    const allWords: Record<TaskCommand['type'], string> = words;
    expect([afterGrown, afterLacking, allWords]).toEqual([STATUS_AFTER, lacking, words]); // the proof is that tsc reads this
  });
});
