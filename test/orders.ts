import type { TaskCommand, TaskStatus, WorkerFact } from '#task';
import { SUBMISSION } from './given.js';
import type { Short } from './given.js';

/** Held by worker w1 under epoch 2, and so on along the way. */
export const leased: readonly Short[] = ['TaskSubmitted', 'LeaseGranted'];
const planning: readonly Short[] = [...leased, 'PlanningStarted'];
export const running: readonly Short[] = [...planning, 'TaskStarted'];

/** A history that ends in each status; a worker w1 holds epoch 2 wherever the status allows a worker. */
export const IN: Readonly<Record<TaskStatus, readonly Short[]>> = {
  pending: leased,
  planning,
  running,
  waiting: [...running, 'InputRequested'],
  completed: [...running, 'TaskCompleted'],
  failed: [...running, 'TaskFailed'],
  cancelled: [...running, 'TaskCancelled'],
};

/** A report of w1 under epoch 2, its first, unless told otherwise. */
export const report = (
  facts: readonly WorkerFact[],
  lease: { workerId?: string; epoch?: number; seq?: number } = {},
): TaskCommand => ({
  type: 'Report',
  data: { workerId: 'w1', epoch: 2, seq: 1, facts, ...lease },
});
export const says = (fact: WorkerFact) => report([fact]);

/** A report of one fact each. */
export const SAY = {
  planning: says({ type: 'Planning', data: {} }),
  started: says({ type: 'Started', data: {} }),
  output: says({ type: 'Output', data: { channel: 'stdout', text: 'x' } }),
  needInput: says({ type: 'NeedInput', data: { prompt: '?' } }),
  needApproval: says({ type: 'NeedApproval', data: { prompt: '?' } }),
  completed: says({ type: 'Completed', data: { output: 'done' } }),
  failed: says({ type: 'Failed', data: { error: 'no' } }),
} as const;
/** One order of each kind. */
export const SUBMIT: TaskCommand = { type: 'SubmitTask', data: SUBMISSION };
export const LEASE: TaskCommand = { type: 'GrantLease', data: { workerId: 'w2', leaseMs: 1000 } };
export const LOSE: TaskCommand = { type: 'LoseAttempt', data: { epoch: 2, reason: 'gone' } };
export const PAUSE: TaskCommand = { type: 'PauseTask', data: {} };
export const RESUME: TaskCommand = { type: 'ResumeTask', data: {} };
export const CANCEL: TaskCommand = { type: 'CancelTask', data: { reason: 'enough' } };
export const FAIL: TaskCommand = { type: 'FailTask', data: { error: 'not allowed any more' } };
