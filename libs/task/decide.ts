import { MeshError } from '#errors';
import type { TaskCommand, TaskCommandType, WorkerFact } from './commands.js';
import type { TaskEvent } from './events.js';
import { STATUS_AFTER, clampProgress } from './evolve.js';
import { isFinal, maySucceed, placementOf } from './state.js';
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
  return [submitted, planning, started, { type: 'ApprovalRequested', data: { prompt } }];
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
  LoseAttempt({ epoch, reason }, task) {
    if (task.lease?.epoch !== epoch) return []; // it ended otherwise meanwhile
    const lost: TaskEvent = { type: 'AttemptLost', data: { epoch, reason } };
    if (task.attempt < task.maxAttempts) return [lost];
    const error = `given up after ${task.attempt} attempts; the last was lost: ${reason}`;
    return [lost, { type: 'TaskFailed', data: { error } }];
  },
  Report({ workerId, epoch, seq, facts }, task) {
    if (task.lease?.epoch !== epoch || task.lease.workerId !== workerId) throw fenced(workerId, epoch);
    if (seq <= task.lease.seq) return []; // repeated: its answer was lost
    return reportedEvents(task.status, facts);
  },
  PauseTask(data, task) {
    if (task.waiting?.kind === 'paused') return [];
    return [{ type: 'TaskPaused', data }];
  },
  ResumeTask(data, task) {
    if (task.status !== 'waiting') throw refusal('ResumeTask', task); // the table alone would let it start a planned task
    if (task.waiting?.kind !== 'approval' || data.approved) return [{ type: 'TaskResumed', data }];
    if (data.approved === undefined) throw unanswered();
    return [{ type: 'TaskFailed', data: { error: `denied: ${data.reason ?? 'no reason given'}` } }];
  },
  CancelTask(data, task) {
    if (task.status === 'cancelled') return []; // asking twice changes nothing
    return [{ type: 'TaskCancelled', data }];
  },
  FailTask: (data) => [{ type: 'TaskFailed', data }],
};

/** The events a worker's fact causes, given the status it finds: a second attempt does not start the task twice. */
const FACT: {
  readonly [Type in WorkerFact['type']]: (data: never, status: TaskStatus) => readonly TaskEvent[];
} = {
  Planning: (_data, status) => (status === 'pending' ? [planning] : []),
  Plan: (data: { steps: readonly string[] }) => [{ type: 'PlanRecorded', data }],
  Started: (_data, status) =>
    (({ pending: [planning, started], planning: [started] }) as Partial<Record<TaskStatus, TaskEvent[]>>)[
      status
    ] ?? [],
  Progress: (data: { progress: number }) => [
    { type: 'ProgressReported', data: { ...data, progress: clampProgress(data.progress) } },
  ],
  Output: (data) => [{ type: 'OutputAppended', data }],
  Step: (data) => [{ type: 'StepRecorded', data }],
  NeedInput: (data) => [{ type: 'InputRequested', data }],
  NeedApproval: (data) => [{ type: 'ApprovalRequested', data }],
  Completed: (data) => [{ type: 'TaskCompleted', data }],
  Failed: (data) => [{ type: 'TaskFailed', data }],
};

function reportedEvents(from: TaskStatus, facts: readonly WorkerFact[]): readonly TaskEvent[] {
  let status = from;
  return facts.flatMap(({ type, data }) => {
    const events = FACT[type](data as never, status);
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
  });

const WORDS = {
  SubmitTask: 'cannot submit',
  GrantLease: 'cannot grant a lease',
  LoseAttempt: 'cannot end the attempt',
  Report: 'cannot accept the report',
  PauseTask: 'cannot pause',
  ResumeTask: 'cannot resume',
  CancelTask: 'cannot cancel',
  FailTask: 'cannot fail',
} as const satisfies Record<TaskCommandType, string>;
