export type { TaskCommand, TaskCommandType, WorkerFact } from './commands.js';
export { decide } from './decide.js';
export type {
  Artifact,
  Author,
  OutputChannel,
  Recorded,
  Submission,
  Submitter,
  TaskEvent,
  TaskEventType,
  Usage,
} from './events.js';
export { STATUS_AFTER, clampProgress, evolve, fold } from './evolve.js';
export type { JsonObject, JsonValue } from './json.js';
export { merged } from './merged.js';
export { recordedAs } from './recorded.js';
export {
  TASK_STATUSES,
  approvalKeyOf,
  dueAtOf,
  isFinal,
  maySucceed,
  placementOf,
  questionOf,
} from './state.js';
export type { Lease, Placement, Task, TaskOrNone, TaskStatus, Waiting } from './state.js';
