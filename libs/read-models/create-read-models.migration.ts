import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first shape of the read models. */
export class CreateReadModels1764000003000 implements MigrationInterface {
  name = 'CreateReadModels1764000003000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table checkpoint, task_state, task_total, task_history, audit_trail, worker');
  }
}

const UP = [
  `create table checkpoint (
     name text not null,
     incarnation integer not null,
     xid text not null,
     position text not null,
     last_id uuid,
     state text not null,
     error text,
     seen_at timestamptz,
     constraint checkpoint_pk primary key (name))`,
  `create table task_state (
     task_id uuid not null,
     tenant text not null,
     version integer not null,
     status text not null,
     session_id text not null,
     agent_id text not null,
     owner_id text not null,
     parent_task_id uuid,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     state text not null,
     input text not null,
     output text,
     constraint task_state_pk primary key (task_id)) with (fillfactor = 70)`,
  'create index task_state_newest on task_state (tenant, created_at, task_id)',
  'create index task_state_status on task_state (tenant, status, created_at, task_id)',
  'create index task_state_session on task_state (tenant, session_id, created_at, task_id)',
  'create index task_state_agent on task_state (tenant, agent_id, created_at, task_id)',
  'create index task_state_owner on task_state (tenant, owner_id, created_at, task_id)',
  `create index task_state_parent on task_state (tenant, parent_task_id, created_at, task_id)
     where parent_task_id is not null`,
  `create table task_total (
     tenant text not null,
     status text not null,
     tasks integer not null,
     constraint task_total_pk primary key (tenant, status)) with (fillfactor = 50)`,
  `create table task_history (
     task_id uuid not null,
     version integer not null,
     tenant text not null,
     type text not null,
     at timestamptz not null,
     message text not null,
     actor text not null,
     attempt integer not null,
     data text not null,
     constraint task_history_pk primary key (task_id, version))`,
  `create table audit_trail (
     id uuid not null,
     tenant text not null,
     at timestamptz not null,
     actor_kind text not null,
     user_id text not null,
     issuer text,
     user_name text,
     session_id text not null,
     device_id text,
     address text,
     trust text not null,
     roles text not null,
     action text not null,
     resource_type text not null,
     resource_id text not null,
     result text not null,
     reason text not null,
     rule text not null,
     policy_hash text,
     arguments_hash text,
     trace_id text,
     constraint audit_trail_pk primary key (id))`,
  'create index audit_trail_newest on audit_trail (tenant, at, id)',
  'create index audit_trail_user on audit_trail (tenant, user_id, at, id)',
  'create index audit_trail_session on audit_trail (tenant, session_id, at, id)',
  'create index audit_trail_resource on audit_trail (tenant, resource_id, at, id)',
  'create index audit_trail_action on audit_trail (tenant, action, at, id)',
  'create index audit_trail_device on audit_trail (tenant, device_id, at, id) where device_id is not null',
  `create index audit_trail_denied on audit_trail (tenant, result, at, id) where result <> 'allowed'`,
  `create table worker (
     id text not null,
     boot uuid not null,
     labels text not null,
     agents text not null,
     free integer not null,
     held integer not null,
     last_beat_at timestamptz not null,
     constraint worker_pk primary key (id))`,
];
