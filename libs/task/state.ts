import type { Submission } from './events.js';

export const TASK_STATUSES = [
  'pending',
  'planning',
  'running',
  'waiting',
  'completed',
  'failed',
  'cancelled',
] as const;

export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Where each status may go next. The whole state machine is this table. */
const NEXT = {
  new: ['pending'],
  pending: ['planning', 'failed', 'cancelled'],
  planning: ['running', 'failed', 'cancelled'],
  running: ['waiting', 'completed', 'failed', 'cancelled'],
  waiting: ['running', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<TaskStatus | 'new', readonly TaskStatus[]>;

/** A worker's right to run the task: `epoch` is the version of the granting event, `seq` the last accepted report. */
export type Lease = Readonly<{ epoch: number; workerId: string; seq: number; leaseMs: number }>;

/** What a waiting task waits for. */
export type Waiting = Readonly<{ kind: 'input' | 'approval' | 'paused'; prompt: string }>;

/** Everything about a task but its input and output, which are kept beside it. Equals the fold of its history. */
export type Task = Omit<Submission, 'input'> &
  Readonly<{
    status: TaskStatus;
    version: number;
    attempt: number;
    createdAt: string;
    updatedAt: string;
    startedAt?: string;
    completedAt?: string;
    progress?: number;
    error?: string;
    waiting?: Waiting;
    lease?: Lease;
  }>;

/** `null` is the task that does not exist yet. */
export type TaskOrNone = Task | null;

/** True for a status that nothing leaves. */
export const isFinal = (status: TaskStatus): boolean => NEXT[status].length === 0;

/** True where the table has the step. */
export const maySucceed = (from: TaskStatus | 'new', to: TaskStatus): boolean =>
  (NEXT[from] as readonly TaskStatus[]).includes(to);

/** Where a task stands in the queue: it waits for a worker, holds one, waits for an answer, or is over. */
export type Placement = 'ready' | 'leased' | 'waiting' | 'none';

/** Derived, never stored apart: the queue's row is this function of the snapshot. */
export function placementOf(task: Task): Placement {
  if (isFinal(task.status)) return 'none';
  if (task.status === 'waiting') return 'waiting';
  return task.lease ? 'leased' : 'ready';
}
