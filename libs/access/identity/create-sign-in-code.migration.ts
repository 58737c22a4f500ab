import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People whom a provider vouched for, on their way from their browser to the program that sent it there. */
export class CreateSignInCode1764000005100 implements MigrationInterface {
  name = 'CreateSignInCode1764000005100';

  async up(runner: QueryRunner): Promise<void> {
    // `person` is JSON; a row is deleted by its use, and by the next one after it has expired
    await runner.query(`create table sign_in_code (
      hash text primary key, challenge text not null, person text not null, expires_at timestamptz not null)`);
    await runner.query(`create index sign_in_code_expired on sign_in_code (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table sign_in_code`);
  }
}
