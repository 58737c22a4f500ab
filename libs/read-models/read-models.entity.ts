import { IndexDeadLetters1764100003000 } from './dead-letters/index-dead-letters.migration.js';
import { AuditTrailRow } from './audit-trail/audit-trail.entity.js';
import { NarrowAuditTrail1764300003000 } from './audit-trail/narrow-audit-trail.migration.js';
import { CreateReadModels1764000003000 } from './create-read-models.migration.js';
import { CheckpointRow } from './projections/checkpoint.entity.js';
import { TaskHistoryRow } from './task-history/task-history.entity.js';
import { TaskStateRow, TaskTotalRow } from './task-state/task-state.entity.js';
import { WorkerRow } from './workers/worker.entity.js';

/** The tables of the read models. */
export const readModelEntities = [
  CheckpointRow,
  TaskStateRow,
  TaskTotalRow,
  TaskHistoryRow,
  AuditTrailRow,
  WorkerRow,
];

/** What makes them, in order. */
export const readModelMigrations = [
  CreateReadModels1764000003000,
  IndexDeadLetters1764100003000,
  NarrowAuditTrail1764300003000,
];
