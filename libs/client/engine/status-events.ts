import { MeshError } from '#errors';
import { isFinal, maySucceed } from '#task';
import type { TaskEvent, TaskStatus } from '#task';
import type { StoredTask } from './storage.js';

type Said = string | undefined;

/** The event that takes a task to each status; `pending` is reached by its creation alone. */
const EVENT_TO: {
  readonly [Status in Exclude<TaskStatus, 'pending'>]: (message: Said, stored: StoredTask) => TaskEvent;
} = {
  planning: (message) => ({ type: 'PlanningStarted', data: said({ message }) }),
  running: (message, stored) => started(message, stored),
  waiting: (message) => ({ type: 'InputRequested', data: { prompt: message ?? 'input' } }),
  completed: (message, { output }) => ({
    type: 'TaskCompleted',
    data: { output: output ?? '', ...said({ message }) },
  }),
  failed: (message, { output }) => ({
    type: 'TaskFailed',
    data: { error: message ?? 'failed', ...said({ output: output ?? undefined }) },
  }),
  cancelled: (message) => ({ type: 'TaskCancelled', data: { reason: message ?? 'cancelled' } }),
};

/** @throws {MeshError} `illegal_transition` where the table has no such step */
export function eventsTo(status: TaskStatus, message: Said, stored: StoredTask): readonly TaskEvent[] {
  const from = stored.task.status;
  if (status === 'pending' || !maySucceed(from, status)) {
    throw new MeshError('illegal_transition', `the task is ${from} and cannot become ${status}`);
  }
  return [EVENT_TO[status](message, stored)];
}

/** A fact about a task that leaves its status alone. @throws {MeshError} `illegal_transition` after the end */
export function factAbout(event: TaskEvent, { task }: StoredTask): readonly TaskEvent[] {
  if (isFinal(task.status))
    throw new MeshError('illegal_transition', `the task is ${task.status}: nothing can follow`);
  return [event];
}

function started(message: Said, { task }: StoredTask): TaskEvent {
  if (task.status !== 'waiting') return { type: 'TaskStarted', data: said({ message }) };
  const approved = task.waiting?.kind === 'approval' ? true : undefined;
  return { type: 'TaskResumed', data: said({ reason: message, approved }) };
}

/** Only what was said: `undefined` is no word in a log. */
const said = <Words extends object>(words: Words): Words =>
  Object.fromEntries(Object.entries(words).filter(([, word]) => word !== undefined)) as Words;
