import type { JsonObject, Recorded, Task, TaskEvent, TaskEventType } from '#task';
import type { TaskHistoryEvent, TaskState, TaskUpdateEvent } from './runtime.js';

/** A task as clients see it, from its snapshot and what is kept beside it. */
export function taskStateOf(id: string, task: Task, input: string, output?: string | null): TaskState {
  const seen = Object.entries(task).filter(([key]) => !INWARD.has(key as keyof Task));
  const state = {
    id,
    ...Object.fromEntries(seen),
    input,
    artifacts: task.artifacts ?? [],
    ...(output == null ? {} : { output }),
  };
  return state as unknown as TaskState;
}

/** What the runtime keeps for itself. */
const INWARD: ReadonlySet<keyof Task> = new Set([
  'approvalTtlMs',
  'approved',
  'budget',
  'deadlineAt',
  'exhausted',
  'lease',
  'losses',
  'maxAttempts',
  'requestDigest',
  'requires',
  'requiresApproval',
  'steps',
  'timeoutMs',
  'workspace',
]);

type DataOf<Type extends TaskEventType> = Extract<TaskEvent, { type: Type }>['data'];

/** What happened, in words. */
const MESSAGE: { readonly [Type in TaskEventType]: (data: DataOf<Type>) => string } = {
  TaskSubmitted: ({ description }) => `submitted: ${description}`,
  LeaseGranted: ({ workerId }) => `given to worker ${workerId}`,
  PlanningStarted: ({ message }) => message ?? 'planning',
  PlanRecorded: ({ steps }) => `planned ${steps.length} steps`,
  TaskStarted: ({ message }) => message ?? 'started',
  ProgressReported: ({ progress, message }) => message ?? `${progress} %`,
  OutputAppended: ({ text, channel }) => `${text.length} characters of ${channel}`,
  StepRecorded: ({ kind, key }) => (key.startsWith(kind) ? `${key} done` : `${kind} done (${key})`),
  InputRequested: ({ prompt }) => `waits for input: ${prompt}`,
  ApprovalRequested: ({ prompt }) => `waits for approval: ${prompt}`,
  TaskPaused: ({ reason }) => (reason ? `paused: ${reason}` : 'paused'),
  TaskResumed: ({ reason }) => (reason ? `resumed: ${reason}` : 'resumed'),
  AttemptLost: ({ reason }) => `attempt lost: ${reason}`,
  TaskCompleted: ({ message }) => message ?? 'completed',
  TaskFailed: ({ error }) => `failed: ${error}`,
  TaskCancelled: ({ reason }) => `cancelled: ${reason}`,
};

const messageOf = (event: TaskEvent): string => (MESSAGE[event.type] as (data: object) => string)(event.data);

/** An entry of the history, given the task after it. */
export const historyEventOf = (
  taskId: string,
  event: Recorded,
  after: Pick<Task, 'attempt'>,
): TaskHistoryEvent => ({
  taskId,
  version: event.version,
  type: event.type,
  event: event.type,
  timestamp: event.at,
  message: messageOf(event),
  actor: `${event.author.kind}:${event.author.id}`,
  data: event.data as JsonObject,
  ...(after.attempt > 0 ? { attempt: after.attempt } : {}),
});

/** What a watcher is told, given the task after the event. */
export const updateOf = (taskId: string, event: Recorded, after: Task): TaskUpdateEvent => ({
  taskId,
  status: after.status,
  timestamp: event.at,
  message: messageOf(event),
  version: event.version,
  type: event.type,
  data: event.data as JsonObject,
  ...(after.progress === undefined ? {} : { progress: after.progress }),
  ...(event.type === 'OutputAppended' ? { output: event.data.text } : {}),
});
