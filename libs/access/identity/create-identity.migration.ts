import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may come in, from which device, with what: people, their sessions, keys and tokens, and what tenants allow. */
export class CreateIdentity1764000005000 implements MigrationInterface {
  name = 'CreateIdentity1764000005000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table tenant, tenant_policy, tenant_limits, app_user, identity_link, one_time_token, session, access_token,
         refresh_token, device, machine_token, device_code, used_once, throttle, session_memory, session_memory_use`,
    );
  }
}

const UP = [
  `create table tenant (id text primary key, name text not null, created_at timestamptz not null)`,
  `insert into tenant (id, name, created_at) values ('default', 'default', now())`,
  `create table tenant_policy (
     tenant text primary key, document text not null, version integer not null, changed_by text not null,
     changed_at timestamptz not null)`,
  `create table tenant_limits (tenant text primary key, limits text not null, version integer not null)`,
  // `roles` is a JSON array everywhere; a user without a password signs in elsewhere
  `create table app_user (
     id uuid primary key, tenant text not null, name text not null, email text, display_name text,
     roles text not null, password_hash text, password_changed_at timestamptz, disabled_at timestamptz,
     created_at timestamptz not null)`,
  `create unique index app_user_name on app_user (tenant, lower(name))`,
  `create index app_user_listed on app_user (tenant, created_at, id)`,
  `create table identity_link (
     tenant text not null, issuer text not null, subject text not null, user_id uuid not null,
     linked_at timestamptz not null, primary key (tenant, issuer, subject))`,
  `create index identity_link_user on identity_link (user_id)`,
  // a link to set a password with, or to make the first admin: deleted by its use
  `create table one_time_token (
     hash text primary key, kind text not null, user_id uuid, expires_at timestamptz not null)`,
  // expires_at moves with each refresh (the idle limit), never past ends_at (the absolute one)
  `create table session (
     id text primary key, tenant text not null, user_id uuid not null, device_id uuid, issuer text not null,
     roles text not null, cancel_on_end boolean not null, created_at timestamptz not null,
     last_used_at timestamptz not null, expires_at timestamptz not null, ends_at timestamptz not null,
     ended_at timestamptz, end_reason text, tasks_cancelled_at timestamptz)`,
  `create index session_of_user on session (tenant, user_id, created_at)`,
  `create index session_expiring on session (expires_at) where ended_at is null`,
  `create index session_to_cancel on session (ended_at)
     where cancel_on_end and ended_at is not null and tasks_cancelled_at is null`,
  // a token is kept as the hex of its SHA-256 only; jkt: the RFC 7638 thumbprint of the key it is bound to (RFC 9449)
  `create table access_token (
     hash text primary key, session_id text not null, jkt text, expires_at timestamptz not null)`,
  `create index access_token_expired on access_token (expires_at)`,
  `create table refresh_token (
     hash text primary key, session_id text not null, family uuid not null, jkt text,
     expires_at timestamptz not null, used_at timestamptz)`,
  `create index refresh_token_session on refresh_token (session_id)`,
  `create index refresh_token_expired on refresh_token (expires_at)`,
  `create table device (
     id uuid primary key, tenant text not null, user_id uuid not null, name text not null, jkt text not null,
     public_jwk text not null, trust text not null, enrolled_at timestamptz not null,
     last_seen_at timestamptz not null, revoked_at timestamptz)`,
  `create unique index device_key on device (tenant, user_id, jkt) where revoked_at is null`,
  `create index device_listed on device (tenant, user_id, enrolled_at)`,
  // a machine token has a session of its own, with the same id: its roles, its end and its expiry are there
  `create table machine_token (
     id uuid primary key, hash text not null unique, tenant text not null, user_id uuid not null, name text not null,
     scope text, jkt text, last_used_at timestamptz)`,
  `create index machine_token_user on machine_token (tenant, user_id)`,
  `create table device_code (
     hash text primary key, user_code text not null unique, client text not null, jkt text,
     expires_at timestamptz not null, interval_seconds integer not null, polled_at timestamptz,
     tenant text, user_id uuid, issuer text, roles text, decided text)`,
  `create index device_code_expired on device_code (expires_at)`,
  // proofs, job tokens and states that may be seen once: the insert that succeeds is the first
  `create table used_once (
     kind text not null, key text not null, expires_at timestamptz not null, primary key (kind, key))`,
  `create index used_once_expired on used_once (expires_at)`,
  `create table throttle (
     key text primary key, failures integer not null, blocked_until timestamptz, changed_at timestamptz not null)`,
  `create index throttle_changed on throttle (changed_at)`,
  // counts the writes of a session: the version of each value, and the lock that its limits are kept under
  `create table session_memory_use (
     tenant text not null, session_id text not null, last_version integer not null, primary key (tenant, session_id))`,
  `create table session_memory (
     tenant text not null, session_id text not null, key text not null, version integer not null,
     value text not null, bytes integer not null, changed_at timestamptz not null,
     primary key (tenant, session_id, key))`,
];
