export { ARTIFACT_PIECE_BYTES, MAX_ARTIFACT_BYTES } from './artifact-link.js';
export type { ArtifactAnswer, ArtifactAsked, ArtifactPut, ArtifactPutAnswer } from './artifact-link.js';
export { DEFAULT_TENANT, TRUST_LEVELS } from './actor.js';
export type { Actor, TrustLevel } from './actor.js';
export { AUDIT_FORMATS } from './audit.js';
export type { AuditEntry, AuditExport, AuditFormat, AuditPage, AuditQuery, AuditResult } from './audit.js';
export { Bus } from './bus.js';
export type { Stop } from './bus.js';
export { canonicalJson } from './canonical-json.js';
export { Clock, SystemClock } from './clock.js';
export { deadLetterFilterSchema } from './dead-letters.js';
export type { DeadLetter, DeadLetterFilter, DeadLetterPage } from './dead-letters.js';
export { Feed, ORIGIN, compareCursors } from './feed.js';
export type { Cursor, FeedEvent, FollowOptions } from './feed.js';
export { linked, livingHolder, readIfThere, thisProcess } from './lock-file.js';
export { Logger, SilentLogger } from './logger.js';
export { fieldProblems } from './problems.js';
export { RUNTIME_MODES } from './runtime.js';
export type {
  AgentInfo,
  HealthCheck,
  ResumeAnswer,
  RuntimeInterface,
  RuntimeMode,
  RuntimeStatus,
  SkillInfo,
  StreamOptions,
  TaskFilter,
  TaskHistoryEvent,
  TaskPage,
  TaskState,
  TaskSubmitRequest,
  TaskUpdateEvent,
  TransportAdapter,
  WorkerInfo,
} from './runtime.js';
export {
  MAX_INPUT_BYTES,
  MAX_TASK_OUTPUT_BYTES,
  auditExportSchema,
  auditQuerySchema,
  cancelSchema,
  decode,
  jsonSchema,
  nameSchema,
  pauseSchema,
  resumeSchema,
  submitSchema,
  taskFilterSchema,
  taskIdSchema,
  textSchema,
} from './schemas.js';
export { subjects, token, workerOf } from './subjects.js';
export type { WakeTopic } from './subjects.js';
export { isUuid, requeuedTaskId, uuidv7, uuidv8 } from './uuid.js';
export { historyEventOf, taskStateOf, updateOf } from './views.js';
export { WakeUps } from './wake-ups.js';
export { BusControlPlane, BusWorkerLink } from './worker-link-over-bus.js';
export {
  ControlPlane,
  DEFAULT_LEASE_MS,
  WorkerLink,
  WorkerRoll,
  beatSchema,
  reportSchema,
} from './worker-link.js';
export type {
  Beat,
  BeatAnswer,
  Grant,
  Push,
  RecordAsked,
  RecordEntry,
  RecordPage,
  Report,
  ReportAnswer,
  SkillAnswer,
  SkillUse,
  WorkerHandlers,
} from './worker-link.js';
export { OVERLAPS, scheduleSchema } from './schedules.js';
export type { Schedule, ScheduleRequest, ScheduleResult } from './schedules.js';
export { approvalKeyOf, questionOf } from '#task';
