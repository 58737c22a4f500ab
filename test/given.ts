import { expect } from 'vitest';
import { isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import type { Author, Recorded, Submission, TaskCommand, TaskEvent, TaskEventType, TaskOrNone } from '#task';

/** The two halves of an aggregate. */
export type Decider = Readonly<{
  decide: (command: TaskCommand, task: TaskOrNone) => readonly TaskEvent[];
  evolve: (task: TaskOrNone, event: Recorded) => TaskOrNone;
}>;

/** An event in short: its name for one with the usual data, or its type and data, with an author where that matters. */
export type Short = TaskEventType | (TaskEvent & { readonly author?: Author });

export const SUBMISSION: Submission = {
  ownerId: 'ann',
  sessionId: 'default',
  agentId: 'shell',
  description: 'run the tests',
  input: 'npm test',
  priority: 5,
  maxAttempts: 3,
};

/** The usual data of each event. A new event needs a row here, or no spec compiles. */
export const USUAL = {
  TaskSubmitted: SUBMISSION,
  LeaseGranted: { workerId: 'w1', leaseMs: 45_000 },
  PlanningStarted: {},
  PlanRecorded: { steps: ['build', 'test'] },
  TaskStarted: {},
  ProgressReported: { progress: 50 },
  OutputAppended: { channel: 'stdout', text: 'ok\n' },
  StepRecorded: { key: 'model-1', kind: 'model', result: { tokens: 7 } },
  InputRequested: { prompt: 'which branch?' },
  ApprovalRequested: { prompt: 'may I push?' },
  TaskPaused: {},
  TaskResumed: {},
  AttemptLost: { epoch: 2, reason: 'lease expired' },
  TaskCompleted: { output: 'ok' },
  TaskFailed: { error: 'exit code 1' },
  TaskCancelled: { reason: 'changed my mind' },
} as const satisfies { readonly [Type in TaskEventType]: Extract<TaskEvent, { type: Type }>['data'] };

const ANN: Author = { kind: 'user', id: 'ann' };

/** The time of the event with this version, unless told otherwise: one second each. */
export const timeOf = (version: number): string =>
  new Date(Date.UTC(2026, 0, 1, 0, 0, version)).toISOString();

const eventOf = (short: Short): TaskEvent & { readonly author?: Author } =>
  typeof short === 'string' ? ({ type: short, data: USUAL[short] } as TaskEvent) : short;

/** A history in full, from events in short: versions from `first` on, a second apart, by Ann unless told otherwise. */
export const historyOf = (shorts: readonly Short[], first = 1): Recorded[] =>
  shorts.map((short, index) => ({
    author: ANN,
    ...eventOf(short),
    version: first + index,
    at: timeOf(first + index),
  }));

type Outcome = Readonly<{
  /** The command causes exactly these; a name alone leaves the data open. */
  records: (...expected: readonly [Short, ...Short[]]) => void;
  /** The command is refused with this code. */
  refuses: (code: ErrorCode) => void;
  /** The command is accepted and changes nothing. */
  recordsNothing: () => void;
}>;

/** `given(task)(…history).when(command).records(…)`: a spec that reads as its sentence. */
export const given =
  ({ decide, evolve }: Decider) =>
  (...history: readonly Short[]) => ({
    when(command: TaskCommand): Outcome {
      const task = historyOf(history).reduce<TaskOrNone>(evolve, null);
      return {
        records(...expected) {
          const events = decide(command, task);
          expect(events.map(({ type }) => type)).toEqual(expected.map((short) => eventOf(short).type));
          expect(events).toEqual(expected.map((short, i) => (typeof short === 'string' ? events[i] : short)));
        },
        refuses(code) {
          expect(refusalOf(() => decide(command, task))).toBe(code);
        },
        recordsNothing() {
          expect(decide(command, task)).toEqual([]);
        },
      };
    },
  });

/** The code of the refusal, or what happened instead. */
function refusalOf(ask: () => readonly TaskEvent[]): string {
  try {
    return `recorded ${ask()
      .map(({ type }) => type)
      .join(', ')}`;
  } catch (error) {
    return isMeshError(error) ? error.code : String(error);
  }
}
