import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `create table incarnation (
     number int primary key, system_id text not null, database_oid text not null, timeline text not null,
     since timestamptz not null default clock_timestamp())`,
  // half empty pages and no index on what changes: every update stays on its page (HOT)
  `create table task (
     id uuid primary key, tenant text not null, version int not null, commit_id uuid not null,
     state text not null, input text not null) with (fillfactor = 50)`,
  `create table task_output (task_id uuid primary key, output text not null)`,
  `create table commit_log (
     incarnation int not null, xid xid8 not null default pg_current_xact_id(), position bigserial,
     tenant text not null, session_id text not null, task_id uuid not null, version int not null,
     commit_id uuid not null, events text not null, author text not null, decision text not null,
     at timestamptz not null, primary key (incarnation, xid, position))`,
  `create unique index commit_log_history on commit_log (task_id, version)`,
  `create table audit (
     id uuid primary key, incarnation int not null, xid xid8 not null default pg_current_xact_id(),
     position bigserial, tenant text not null, at timestamptz not null, entry text not null)`,
  `create unique index audit_place on audit (incarnation, xid, position)`,
  // every task that is not over; those that wait for an answer keep their place
  `create table queue (
     task_id uuid primary key, place bigserial, tenant text not null, session_id text not null,
     agent_id text not null, priority int not null, waiting boolean not null, worker_id text, epoch int, lease_ms int)`,
  `create index queue_ready on queue (place) where worker_id is null and not waiting`,
  `create index queue_session on queue (tenant, session_id)`,
  `create table term (
     name text primary key, holder uuid not null, number bigint not null, until timestamptz not null)`,
];

const NAMES = ['term', 'queue', 'audit', 'commit_log', 'task_output', 'task', 'incarnation'];

/** The log, its snapshots, the queue and the terms. */
class EventStore1764000000000 implements MigrationInterface {
  readonly name = 'EventStore1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of NAMES) await runner.query(`drop table ${name}`);
  }
}

const QUEUE_COLUMNS = [
  `alter table queue add column submitted_at timestamptz not null default clock_timestamp(),
     add column requires text, add column ready_at timestamptz, add column due_at timestamptz`,
  `create index queue_due on queue (due_at) where due_at is not null`,
];

/** What scheduling needs of a task beside its place: labels, when it is ready, and when its time is over. */
class QueueTimes1764100000000 implements MigrationInterface {
  readonly name = 'QueueTimes1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const change of QUEUE_COLUMNS) await runner.query(change);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index queue_due`);
    for (const column of ['submitted_at', 'requires', 'ready_at', 'due_at'])
      await runner.query(`alter table queue drop column ${column}`);
  }
}

/** In the order in which they run. */
export const eventStoreMigrations = [EventStore1764000000000, QueueTimes1764100000000] as const;
