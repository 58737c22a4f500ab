import { taskStateOf } from '#contract';
import type { TaskHistoryEvent, TaskState } from '#contract';
import { MeshError } from '#errors';
import type { Recorded } from '#task';
import { project } from '../task-state/project.js';
import type { TaskView } from '../task-state/project.js';
import { entriesOf } from './entries-of.js';

/** How far to replay: to a version, or to the last event that had happened by `at` (ISO 8601). Neither: to the end. */
export type ReplayUntil = Readonly<{ version?: number | undefined; at?: string | undefined }>;

/** A task as it once was, and the events that had made it so. */
export type Replay = Readonly<{ state: TaskState; events: readonly TaskHistoryEvent[] }>;

/**
 * Folds a history up to a version or time. Pure.
 *
 * @throws {MeshError} `invalid_request` for a version it does not have or a time that is none; `not_found` for a time
 *   before the task
 */
export function replay(
  tenant: string,
  taskId: string,
  history: readonly Recorded[],
  until: ReplayUntil,
): Replay {
  const kept = upToTime(upToVersion(history, until.version), until.at);
  const view = kept.reduce<TaskView | null>((seen, event) => project(seen, { tenant, taskId, event }), null);
  if (!view) throw new MeshError('not_found', `task ${taskId} did not exist at ${until.at}`);
  return { state: taskStateOf(taskId, view.task, view.input, view.output), events: entriesOf(taskId, kept) };
}

function upToVersion(history: readonly Recorded[], version = history.length): readonly Recorded[] {
  if (Number.isInteger(version) && version >= 1 && version <= history.length)
    return history.slice(0, version);
  throw new MeshError('invalid_request', `version: the task has versions 1 to ${history.length}`, {
    field: 'version',
  });
}

/** Clocks of different servers may differ a little: a history is cut where it first passes the time, not filtered. */
function upToTime(history: readonly Recorded[], at: string | undefined): readonly Recorded[] {
  if (at === undefined) return history;
  const time = Date.parse(at);
  if (Number.isNaN(time))
    throw new MeshError('invalid_request', `at: "${at}" is not a time in ISO 8601`, { field: 'at' });
  const later = history.findIndex((event) => Date.parse(event.at) > time);
  return later === -1 ? history : history.slice(0, later);
}
