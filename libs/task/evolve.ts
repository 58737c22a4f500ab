import type { Recorded, TaskEvent, TaskEventType, Usage } from './events.js';
import { merged } from './merged.js';
import { approvalKeyOf } from './state.js';
import type { Lease, Task, TaskOrNone, TaskStatus, Waiting } from './state.js';

/** The status after each event; `null` leaves it as it was. */
export const STATUS_AFTER = {
  TaskSubmitted: 'pending',
  LeaseGranted: null,
  PlanningStarted: 'planning',
  PlanRecorded: null,
  TaskStarted: 'running',
  ProgressReported: null,
  OutputAppended: null,
  StepRecorded: null,
  InputRequested: 'waiting',
  ApprovalRequested: 'waiting',
  TaskPaused: 'waiting',
  TaskResumed: 'running',
  AttemptLost: null,
  TaskCompleted: 'completed',
  TaskFailed: 'failed',
  TaskCancelled: 'cancelled',
} as const satisfies Record<TaskEventType, TaskStatus | null>;

type Of<Type extends TaskEventType> = Recorded<Extract<TaskEvent, { type: Type }>>;
/** What can end; nothing else is ever taken away. */
type Passing = 'lease' | 'waiting' | 'retryAt' | 'deadlineAt';
type Change = Partial<Omit<Task, Passing>> & { readonly [Key in Passing]?: Task[Key] | undefined };

const finished = (event: Recorded): Change => ({
  completedAt: event.at,
  lease: undefined,
  waiting: undefined,
  retryAt: undefined,
  deadlineAt: undefined,
});

/** Nobody holds a task that waits, and its own time stands still. */
const waitingFor = (waiting: Waiting): Change => ({ waiting, lease: undefined, deadlineAt: undefined });

const later = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

const sum = (a: Usage | undefined, b: Usage): Usage => ({
  inputTokens: (a?.inputTokens ?? 0) + b.inputTokens,
  outputTokens: (a?.outputTokens ?? 0) + b.outputTokens,
  costUsd: (a?.costUsd ?? 0) + b.costUsd,
});

/** What else each event changes. An `undefined` ends the lease or the wait. */
const CHANGE: { readonly [Type in TaskEventType]: (event: Of<Type>, task: Task) => Change } = {
  TaskSubmitted: () => ({}),
  LeaseGranted: ({ data, version, at }, { attempt, deadlineAt, timeoutMs }) => ({
    attempt: attempt + 1,
    lease: { epoch: version, workerId: data.workerId, seq: 0, leaseMs: data.leaseMs },
    retryAt: undefined,
    deadlineAt: deadlineAt ?? (timeoutMs === undefined ? undefined : later(at, timeoutMs)),
  }),
  PlanningStarted: () => ({}),
  PlanRecorded: () => ({}),
  TaskStarted: ({ at }, task) => ({ startedAt: task.startedAt ?? at }),
  ProgressReported: ({ data }) => ({ progress: clampProgress(data.progress) }),
  OutputAppended: () => ({}),
  StepRecorded: ({ data: { usage } }, task) => ({
    steps: (task.steps ?? 0) + 1,
    ...(usage && { usage: sum(task.usage, usage) }),
  }),
  InputRequested: ({ data: { prompt, key } }) =>
    waitingFor({ kind: 'input', prompt, ...(key === undefined ? {} : { key }) }),
  ApprovalRequested: ({ at, data: { prompt, key, skillId, ttlMs } }) => {
    const expiresAt = ttlMs === undefined ? undefined : later(at, ttlMs);
    return waitingFor(merged<Waiting>({ kind: 'approval', prompt }, { key, skillId, expiresAt }));
  },
  TaskPaused: ({ data }) => waitingFor({ kind: 'paused', prompt: data.reason ?? 'paused' }),
  TaskResumed: ({ data }, { waiting, approved = [] }) => ({
    waiting: undefined,
    ...(data.approved && isKeyed(waiting) && { approved: [...approved, approvalKeyOf(waiting)] }),
  }),
  AttemptLost: ({ at, data }, { losses = 0 }) => ({
    lease: undefined,
    ...(data.released ? {} : { losses: losses + 1 }),
    retryAt: data.retryAfterMs === undefined ? undefined : later(at, data.retryAfterMs),
  }),
  TaskCompleted: (event) => ({ progress: 100, ...finished(event), ...artifactsOf(event) }),
  TaskFailed: (event) => ({
    error: event.data.error,
    ...finished(event),
    ...artifactsOf(event),
    ...(event.data.exhausted && { exhausted: true }),
  }),
  TaskCancelled: (event) => finished(event),
};

/** An approval of the whole task needs no key: it stands for all. */
const isKeyed = (waiting: Waiting | undefined): waiting is Waiting =>
  waiting?.kind === 'approval' && waiting.key !== undefined;

const artifactsOf = ({ data }: Of<'TaskCompleted' | 'TaskFailed'>): Change =>
  data.artifacts ? { artifacts: data.artifacts } : {};

/** Replays one fact. Total: history cannot be refused, and replay never reads a clock. */
export function evolve(task: TaskOrNone, event: Recorded): Task {
  const before = task ?? begun(event);
  const change = (CHANGE[event.type] as (event: Recorded, task: Task) => Change)(event, before);
  const lease = 'lease' in change ? change.lease : before.lease;
  return merged<Task>(before, change, {
    lease: lease && reported(lease, event),
    status: STATUS_AFTER[event.type] ?? before.status,
    version: event.version,
    updatedAt: event.at,
  });
}

/** The fold of a history. */
export const fold = (history: readonly Recorded[], from: TaskOrNone = null): TaskOrNone =>
  history.reduce<TaskOrNone>(evolve, from);

/** Progress is 0–100, clamped once, here; what is not a number counts as none. */
export const clampProgress = (progress: number): number =>
  Number.isNaN(progress) ? 0 : Math.min(100, Math.max(0, progress));

function begun(event: Recorded): Task {
  const { input: _, ...submission } = event.type === 'TaskSubmitted' ? event.data : UNKNOWN;
  const { at } = event;
  return merged<Task>({
    status: 'pending',
    version: 0,
    attempt: 0,
    createdAt: at,
    updatedAt: at,
    ...submission,
  });
}

/** A history that does not begin with its submission is damaged; folding it must still not throw. */
const UNKNOWN = {
  ownerId: '',
  sessionId: '',
  agentId: '',
  description: '',
  input: '',
  priority: 5,
  maxAttempts: 1,
} as const;

/** A report moves the sequence number of the lease it speaks for. */
const reported = (lease: Lease, { author }: Recorded): Lease =>
  author.epoch === lease.epoch && author.seq !== undefined ? { ...lease, seq: author.seq } : lease;
