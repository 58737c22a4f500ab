import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schedules, and when each is next. */
export class CreateSchedule1764100008000 implements MigrationInterface {
  name = 'CreateSchedule1764100008000';

  async up(runner: QueryRunner): Promise<void> {
    // `task`, `creator` and `last` are JSON
    await runner.query(`create table schedule (
      id uuid primary key, tenant text not null, user_id text not null, session_id text not null, name text not null,
      cron text not null, time_zone text not null, overlap text not null, task text not null, creator text not null,
      created_at timestamptz not null, next_at timestamptz not null, last text)`);
    await runner.query(`create index schedule_next on schedule (next_at)`);
    await runner.query(`create index schedule_user on schedule (tenant, user_id, created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table schedule`);
  }
}
