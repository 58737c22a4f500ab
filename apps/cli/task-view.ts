import type { TaskHistoryEvent, TaskState } from '#contract';
import { harmless } from './harmless.js';
import { facts, when } from './table.js';
import type { Column } from './table.js';

/** A task, as people read it. */
export function describeTask(task: TaskState): string {
  const { waiting, progress, usage, queue } = task;
  const about = facts([
    ['task', task.id],
    ['status', progress === undefined ? task.status : `${task.status} (${Math.round(progress)} %)`],
    ['waits for', waiting && waitingIn(waiting)],
    ['queue', queue && placeIn(queue)],
    ['until', when(waiting?.expiresAt)],
    ['description', task.description],
    ['agent', task.agentId],
    ['model', task.model],
    ['owner', task.ownerId],
    ['session', task.sessionId],
    ['parent', task.parentTaskId],
    ['priority', task.priority],
    ['attempt', task.attempt],
    ['events', task.version],
    ['created', when(task.createdAt)],
    ['started', when(task.startedAt)],
    ['finished', when(task.completedAt)],
    ['metadata', task.metadata && JSON.stringify(task.metadata)],
    ['usage', usage && `${usage.inputTokens} tokens in, ${usage.outputTokens} out, $${usage.costUsd}`],
    ...task.artifacts.map(({ name, bytes }) => ['artifact', `${name} (${bytes} bytes)`] as const),
    ['error', task.error],
  ]);
  return task.output ? `${about}\n\noutput\n${indented(task.output)}` : about;
}

/** A pause without a reason asks for nothing but its kind. */
const waitingIn = ({ kind, prompt }: NonNullable<TaskState['waiting']>): string =>
  prompt === kind ? kind : `${kind}: ${prompt}`;

const placeIn = ({ position, waitingFor }: NonNullable<TaskState['queue']>): string =>
  `number ${position} of its session${waitingFor === undefined ? '' : `; waits for ${waitingFor}`}`;

/** Output of a task in the middle of our own words: harmless, line by line. */
const indented = (output: string): string =>
  output
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `  ${harmless(line)}`)
    .join('\n');

export const TASK_COLUMNS: readonly Column<TaskState>[] = [
  { title: 'TASK', of: ({ id }) => id },
  { title: 'STATUS', of: ({ status }) => status },
  { title: 'AGENT', of: ({ agentId }) => agentId, width: 20 },
  { title: 'CREATED', of: ({ createdAt }) => when(createdAt) },
  { title: 'DESCRIPTION', of: ({ description }) => description, width: 60 },
];

/** Of tasks that wait: what for, and until when. */
export const WAITING_COLUMNS: readonly Column<TaskState>[] = [
  { title: 'TASK', of: ({ id }) => id },
  { title: 'AGENT', of: ({ agentId }) => agentId, width: 20 },
  { title: 'WAITS FOR', of: ({ waiting }) => waiting?.kind },
  { title: 'QUESTION', of: ({ waiting }) => waiting?.prompt },
  { title: 'UNTIL', of: ({ waiting }) => when(waiting?.expiresAt) },
];

/** What to do about a task that waits. */
export function howToAnswer({ id, waiting }: TaskState): string | undefined {
  return waiting && HOW_TO_ANSWER[waiting.kind].replaceAll('<id>', id);
}

const HOW_TO_ANSWER = {
  approval: 'answer with `coderclaw approve <id>` or `coderclaw deny <id> --reason <text>`',
  input: 'answer with `coderclaw resume <id> --input <text>`',
  paused: 'go on with `coderclaw resume <id>`',
} as const satisfies Record<NonNullable<TaskState['waiting']>['kind'], string>;

export const EVENT_COLUMNS: readonly Column<TaskHistoryEvent>[] = [
  { title: '#', of: ({ version }) => version },
  { title: 'TIME', of: ({ timestamp }) => when(timestamp) },
  { title: 'EVENT', of: ({ type }) => type },
  { title: 'BY', of: ({ actor }) => actor, width: 30 },
  { title: 'ATTEMPT', of: ({ attempt }) => attempt },
  { title: 'WHAT', of: ({ message }) => message },
];
