import type { Artifact, Submission, Usage } from './events.js';

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
export type Waiting = Readonly<{
  kind: 'input' | 'approval' | 'paused';
  prompt: string;
  /** The step that asks. */
  key?: string;
  /** The skill whose use is to be approved. */
  skillId?: string;
  /** When it is too late to answer; ISO 8601. */
  expiresAt?: string;
}>;

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
    /** Attempts that ended without a result, but for those handed back. */
    losses?: number;
    /** Not to be given to a worker before; ISO 8601. */
    retryAt?: string;
    /** When its time is over, while it runs; ISO 8601. */
    deadlineAt?: string;
    /** Steps on record. */
    steps?: number;
    /** What was approved, by `approvalKeyOf`. */
    approved?: readonly string[];
    usage?: Usage;
    artifacts?: readonly Artifact[];
    /** Failed because no attempt was left. */
    exhausted?: true;
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

/** When something must happen to a task by itself, whoever is there: its time or that of its question is over. */
export const dueAtOf = ({ waiting, deadlineAt }: Task): string | undefined =>
  waiting ? waiting.expiresAt : deadlineAt;

/** Derived, never stored apart: the queue's row is this function of the snapshot. */
export function placementOf(task: Task): Placement {
  if (isFinal(task.status)) return 'none';
  if (task.status === 'waiting') return 'waiting';
  return task.lease ? 'leased' : 'ready';
}

/** What a task asks, as it is named to say that an answer is for this and nothing else. */
export const questionOf = ({ waiting }: Pick<Task, 'waiting'>): string =>
  waiting ? `${waiting.kind}:${waiting.key ?? ''}` : 'none';

/** Under what an approval is kept: one that was given for a skill says nothing of another. */
export const approvalKeyOf = ({ key, skillId }: Pick<Waiting, 'key' | 'skillId'>): string =>
  skillId === undefined ? (key ?? '') : `${skillId}#${key ?? ''}`;
