import type { MigrationInterface, QueryRunner } from 'typeorm';

/** From where devices wait to be approved, so that no address has all of them wait. */
export class AddDeviceCodeNetwork1764000005200 implements MigrationInterface {
  name = 'AddDeviceCodeNetwork1764000005200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table device_code add column network text not null default ''`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table device_code drop column network`);
  }
}
