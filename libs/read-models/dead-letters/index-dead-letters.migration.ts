import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of all failed tasks, those that were given up are few: the list of them reads no others. */
export class IndexDeadLetters1764100003000 implements MigrationInterface {
  name = 'IndexDeadLetters1764100003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create index task_state_dead_letters on task_state (tenant, created_at, task_id)
      where status = 'failed' and (state::jsonb -> 'exhausted') is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index task_state_dead_letters`);
  }
}
