export { answering, untilBack } from './answering.js';
export { DueTasks } from './due-tasks.js';
export type { DueTask } from './due-tasks.js';
export { EventStore } from './event-store.js';
export type {
  Commit,
  LeasedTask,
  AuditPlace,
  LoggedAudit,
  LogName,
  LoggedCommit,
  Moves,
  QueuedTask,
  Stored,
  StoredWithText,
} from './event-store.js';
export { eventStoreMigrations } from './event-store.migration.js';
export { Leadership } from './leadership.js';
export { NeededArchives } from './needed-archives.js';
export { openDatabase } from './postgres.database.js';
export type { Database, DatabaseOptions } from './postgres.database.js';
export { PostgresDueTasks } from './postgres.due-tasks.js';
export { PostgresEventStore } from './postgres.event-store.js';
export type { EventStoreOptions } from './postgres.event-store.js';
export { PostgresNeededArchives } from './postgres.needed-archives.js';
export { PostgresLeadership } from './postgres.leadership.js';
export type { LeadershipOptions } from './postgres.leadership.js';
export type { SqlClient, SqlPool, SqlRows } from './sql-pool.js';
export { AUDIT_RECORDS } from './read.sql.js';
