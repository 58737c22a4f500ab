import { MeshError } from '#errors';
import { retryAfterMs } from './backoff.js';
import type { LossKind } from './backoff.js';
import type { TaskCommand, TaskCommandType, WorkerFact } from './commands.js';
import type { TaskEvent } from './events.js';
import { STATUS_AFTER, clampProgress } from './evolve.js';
import { isFinal, maySucceed, placementOf, questionOf } from './state.js';
import type { Task, TaskOrNone, TaskStatus } from './state.js';

type DataOf<Type extends TaskCommandType> = Extract<TaskCommand, { type: Type }>['data'];
type Decide<Type extends TaskCommandType> = (data: DataOf<Type>, task: Task) => readonly TaskEvent[];

/**
 * Turns a command into the facts it causes, or refuses. An empty answer means: asked before, nothing to add.
 *
 * @throws {MeshError} `not_found` | `illegal_transition` | `fenced` | `version_conflict` (the task exists already)
 */
export function decide(command: TaskCommand, task: TaskOrNone): readonly TaskEvent[] {
  const events = command.type === 'SubmitTask' ? submit(command.data, task) : decideExisting(command, task);
  checkSteps(task?.status ?? 'new', events, command.type);
  return events;
}

function submit(data: DataOf<'SubmitTask'>, task: TaskOrNone): readonly TaskEvent[] {
  if (task) throw new MeshError('version_conflict', 'this task has been submitted before');
  const submitted: TaskEvent = { type: 'TaskSubmitted', data };
  if (!data.requiresApproval) return [submitted];
  const prompt = `Approve: ${data.description}`;
  const { approvalTtlMs: ttlMs } = data;
  const asked = { prompt, ...(ttlMs === undefined ? {} : { ttlMs }) };
  return [submitted, planning, started, { type: 'ApprovalRequested', data: asked }];
}

function decideExisting(
  command: Exclude<TaskCommand, { type: 'SubmitTask' }>,
  task: TaskOrNone,
): readonly TaskEvent[] {
  if (!task) throw new MeshError('not_found', 'there is no such task');
  return (DECIDE[command.type] as (data: object, task: Task) => readonly TaskEvent[])(command.data, task);
}

const planning: TaskEvent = { type: 'PlanningStarted', data: {} };
const started: TaskEvent = { type: 'TaskStarted', data: {} };

const DECIDE: { readonly [Type in Exclude<TaskCommandType, 'SubmitTask'>]: Decide<Type> } = {
  GrantLease(data, task) {
    if (placementOf(task) !== 'ready') throw refusal('GrantLease', task);
    return [{ type: 'LeaseGranted', data }];
  },
  LoseAttempt({ epoch, reason, jitter = 0 }, task) {
    if (task.lease?.epoch !== epoch) return []; // it ended otherwise meanwhile
    return attemptLost(task, { kind: 'lost', epoch, reason, jitter });
  },
  Report({ workerId, epoch, seq, facts, jitter = 0 }, task) {
    if (task.lease?.epoch !== epoch || task.lease.workerId !== workerId) throw fenced(workerId, epoch);
    if (seq <= task.lease.seq) return []; // repeated: its answer was lost
    return reportedEvents(task, facts, { epoch, jitter });
  },
  PauseTask(data, task) {
    if (task.waiting?.kind === 'paused') return [];
    return [{ type: 'TaskPaused', data }];
  },
  ResumeTask({ question, now, ...data }, task) {
    checkAnswer(question, now, task);
    if (task.waiting?.kind !== 'approval' || data.approved) return [{ type: 'TaskResumed', data }];
    if (data.approved === undefined) throw unanswered();
    return [{ type: 'TaskFailed', data: { error: `denied: ${data.reason ?? 'no reason given'}` } }];
  },
  CancelTask(data, task) {
    if (task.status === 'cancelled') return []; // asking twice changes nothing
    return [{ type: 'TaskCancelled', data }];
  },
  TimeOut({ now }, { waiting, deadlineAt, timeoutMs }) {
    if (waiting?.expiresAt !== undefined && waiting.expiresAt <= now)
      return [{ type: 'TaskFailed', data: { error: `not answered in time: ${waiting.prompt}` } }];
    if (deadlineAt === undefined || deadlineAt > now) return []; // ended, or begun anew, meanwhile
    return [{ type: 'TaskFailed', data: { error: `timed out after ${timeoutMs} ms` } }];
  },
  FailTask: (data) => [{ type: 'TaskFailed', data }],
};

/** That the task waits, still, and for what is answered. */
function checkAnswer(question: string | undefined, now: string | undefined, task: Task): void {
  if (task.status !== 'waiting') throw refusal('ResumeTask', task); // the table alone would let it start a planned task
  if (now !== undefined && (task.waiting?.expiresAt ?? now) < now) throw tooLate();
  if (question !== undefined && question !== questionOf(task)) throw asksAnother();
}

type Loss = Readonly<{
  kind: LossKind;
  epoch: number;
  reason: string;
  jitter: number;
  /** Not sooner than this, whatever else says. */
  afterMs?: number | undefined;
  output?: string | undefined;
}>;

const GIVEN_UP = { lost: 'the last was lost', failed: 'the last failed' } as const satisfies Record<
  LossKind,
  string
>;

/** The attempt is over; the task goes on with another, or is given up if that was the last. */
function attemptLost(
  task: Task,
  { kind, epoch, reason, jitter, afterMs = 0, output }: Loss,
): readonly TaskEvent[] {
  const losses = (task.losses ?? 0) + 1;
  const delayMs = Math.max(afterMs, retryAfterMs(kind, losses, jitter));
  const isLast = losses >= task.maxAttempts;
  const again = !isLast && delayMs > 0 ? { retryAfterMs: delayMs } : {};
  const lost: TaskEvent = { type: 'AttemptLost', data: { epoch, reason, ...again } };
  if (!isLast) return [lost];
  const error = `given up after ${losses} attempts; ${GIVEN_UP[kind]}: ${reason}`;
  const printed = output === undefined ? {} : { output };
  return [lost, { type: 'TaskFailed', data: { error, ...printed, exhausted: true } }];
}

type FactData<Type extends WorkerFact['type']> = Extract<WorkerFact, { type: Type }>['data'];

/** The attempt that reports. */
type Attempt = Readonly<{ task: Task; epoch: number; jitter: number }>;

/** The events a worker's fact causes, given the status it finds: a second attempt does not start the task twice. */
const FACT: {
  readonly [Type in WorkerFact['type']]: (
    data: FactData<Type>,
    status: TaskStatus,
    attempt: Attempt,
  ) => readonly TaskEvent[];
} = {
  Planning: (_data, status) => (status === 'pending' ? [planning] : []),
  Plan: (data) => [{ type: 'PlanRecorded', data }],
  Started: (_data, status) =>
    (({ pending: [planning, started], planning: [started] }) as Partial<Record<TaskStatus, TaskEvent[]>>)[
      status
    ] ?? [],
  Progress: (data) => [
    { type: 'ProgressReported', data: { ...data, progress: clampProgress(data.progress) } },
  ],
  Output: (data) => [{ type: 'OutputAppended', data }],
  Step: (data) => [{ type: 'StepRecorded', data }],
  NeedInput: (data) => [{ type: 'InputRequested', data }],
  NeedApproval: (data) => [{ type: 'ApprovalRequested', data }],
  Completed: (data) => [{ type: 'TaskCompleted', data }],
  Failed({ retry, ...data }, _status, { task, epoch, jitter }) {
    if (!retry) return [{ type: 'TaskFailed', data }];
    const { error: reason, output } = data;
    return attemptLost(task, { kind: 'failed', epoch, reason, jitter, output, afterMs: retry.afterMs });
  },
  Released: ({ reason }, _status, { epoch }) => [
    { type: 'AttemptLost', data: { epoch, reason, released: true } },
  ],
};

type FactOf = (data: object, status: TaskStatus, attempt: Attempt) => readonly TaskEvent[];

function reportedEvents(
  task: Task,
  facts: readonly WorkerFact[],
  { epoch, jitter }: Readonly<{ epoch: number; jitter: number }>,
): readonly TaskEvent[] {
  let { status } = task;
  return facts.flatMap(({ type, data }) => {
    const events = (FACT[type] as FactOf)(data, status, { task, epoch, jitter });
    for (const event of events) status = STATUS_AFTER[event.type] ?? status;
    return events;
  });
}

/** Every step along the way must be in the table, and nothing may follow a final status. */
function checkSteps(from: TaskStatus | 'new', events: readonly TaskEvent[], command: TaskCommandType): void {
  let status = from;
  for (const event of events) {
    if (status !== 'new' && isFinal(status)) throw illegal(command, status);
    const next = STATUS_AFTER[event.type];
    if (next && !maySucceed(status, next)) throw illegal(command, status);
    status = next ?? status;
  }
}

const illegal = (command: TaskCommandType, status: TaskStatus | 'new') =>
  new MeshError('illegal_transition', `${WORDS[command]}: the task is ${status}`);

const refusal = (command: TaskCommandType, task: Task) => illegal(command, task.status);

const fenced = (workerId: string, epoch: number) =>
  new MeshError('fenced', `worker ${workerId} no longer holds this task under epoch ${epoch}`);

const unanswered = () =>
  new MeshError('invalid_request', 'this task waits for an approval: answer approved: true or false', {
    field: 'approved',
    hint: '`coderclaw approve` or `coderclaw deny` answers it',
  });

const tooLate = () =>
  new MeshError('illegal_transition', 'cannot resume: the time to answer is over', {
    hint: 'the task fails for it; submit it again',
  });

const asksAnother = () =>
  new MeshError('illegal_transition', 'cannot resume: the task asks something else by now', {
    hint: 'look at the task again',
  });

const WORDS = {
  SubmitTask: 'cannot submit',
  GrantLease: 'cannot grant a lease',
  LoseAttempt: 'cannot end the attempt',
  Report: 'cannot accept the report',
  PauseTask: 'cannot pause',
  ResumeTask: 'cannot resume',
  CancelTask: 'cannot cancel',
  TimeOut: 'cannot time out',
  FailTask: 'cannot fail',
} as const satisfies Record<TaskCommandType, string>;
