export { EventStore } from './event-store.js';
export type {
  Commit, LeasedTask, LoggedAudit, LoggedCommit, QueuedTask, Stored, StoredWithText,
} from './event-store.js';
export { Leadership } from './leadership.js';
export type { SqlClient, SqlPool, SqlRows } from './sql-pool.js';
