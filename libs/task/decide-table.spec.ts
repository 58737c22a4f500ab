import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#errors';
import { decide, evolve, fold } from '#task';
import type { TaskCommand, TaskEvent, TaskStatus } from '#task';
import { given, historyOf } from '#test/given';
import { CANCEL, FAIL, IN, LEASE, LOSE, PAUSE, RESUME, SAY, SUBMIT } from '#test/orders';

const aTask = given({ decide, evolve });

type Answer = readonly TaskEvent['type'][] | ErrorCode;
const NO = 'illegal_transition';
const LATE = 'fenced';
/** What contract.md's table says of each command in each status, in the order of the statuses below. */
const TABLE: readonly [string, TaskCommand, ...Answer[]][] = [
  // command             pending                            planning             running                 waiting           completed failed cancelled
  [
    'SubmitTask',
    SUBMIT,
    'version_conflict',
    'version_conflict',
    'version_conflict',
    'version_conflict',
    'version_conflict',
    'version_conflict',
    'version_conflict',
  ],
  ['GrantLease', LEASE, NO, NO, NO, NO, NO, NO, NO],
  ['LoseAttempt', LOSE, ['AttemptLost'], ['AttemptLost'], ['AttemptLost'], [], [], [], []],
  ['PauseTask', PAUSE, NO, NO, ['TaskPaused'], NO, NO, NO, NO],
  ['ResumeTask', RESUME, NO, NO, NO, ['TaskResumed'], NO, NO, NO],
  [
    'CancelTask',
    CANCEL,
    ['TaskCancelled'],
    ['TaskCancelled'],
    ['TaskCancelled'],
    ['TaskCancelled'],
    NO,
    NO,
    [],
  ],
  ['FailTask', FAIL, ['TaskFailed'], ['TaskFailed'], ['TaskFailed'], ['TaskFailed'], NO, NO, NO],
  ['a report of Planning', SAY.planning, ['PlanningStarted'], [], [], LATE, LATE, LATE, LATE],
  [
    'a report of Started',
    SAY.started,
    ['PlanningStarted', 'TaskStarted'],
    ['TaskStarted'],
    [],
    LATE,
    LATE,
    LATE,
    LATE,
  ],
  [
    'a report of Output',
    SAY.output,
    ['OutputAppended'],
    ['OutputAppended'],
    ['OutputAppended'],
    LATE,
    LATE,
    LATE,
    LATE,
  ],
  ['a report of NeedInput', SAY.needInput, NO, NO, ['InputRequested'], LATE, LATE, LATE, LATE],
  ['a report of NeedApproval', SAY.needApproval, NO, NO, ['ApprovalRequested'], LATE, LATE, LATE, LATE],
  ['a report of Completed', SAY.completed, NO, NO, ['TaskCompleted'], LATE, LATE, LATE, LATE],
  ['a report of Failed', SAY.failed, ['TaskFailed'], ['TaskFailed'], ['TaskFailed'], LATE, LATE, LATE, LATE],
];
const STATUSES = Object.keys(IN) as TaskStatus[];
const CASES = TABLE.flatMap(([name, command, ...answers]) =>
  STATUSES.map((status, i) => ({ name, command, status, answer: answers[i] ?? [] })),
);

describe('every command in every status', () => {
  it('is listed', () => {
    expect(TABLE.map(([, , ...answers]) => answers.length)).toEqual(TABLE.map(() => STATUSES.length));
    expect(new Set(TABLE.map(([, { type }]) => type)).size).toBe(8);
    expect(STATUSES.map((status) => fold(historyOf(IN[status]))?.status)).toEqual(STATUSES);
  });

  it.each(CASES)('$name, $status: $answer', ({ command, status, answer }) => {
    const asked = aTask(...IN[status]).when(command);
    if (typeof answer === 'string') return asked.refuses(answer);
    const [first, ...rest] = answer;
    return first ? asked.records(first, ...rest) : asked.recordsNothing();
  });

  it.each(TABLE.slice(1))('%s of a task that does not exist is not found', (_name, command) =>
    aTask().when(command).refuses('not_found'),
  );
});
