/** As much of TypeORM's query runner as a migration of ours needs. */
type Runner = Readonly<{ query(sql: string): Promise<unknown> }>;

/** A TypeORM migration: the relay's mark, one row a stream. */
export class RelayCheckpoint1763800000000 {
  readonly name = 'RelayCheckpoint1763800000000';

  async up(runner: Runner): Promise<void> {
    await runner.query(`
      CREATE TABLE relay_checkpoint (
        stream text PRIMARY KEY,
        created text NOT NULL,
        last_seq bigint NOT NULL,
        incarnation integer NOT NULL,
        xid numeric(20) NOT NULL,
        position bigint NOT NULL
      )`);
  }

  async down(runner: Runner): Promise<void> {
    await runner.query('DROP TABLE relay_checkpoint');
  }
}
