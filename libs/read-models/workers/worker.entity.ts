import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A worker as its last beat told. `labels` and `agents` are JSON arrays. Derived: lost, it is told again. */
@Entity('worker')
export class WorkerRow {
  @PrimaryColumn('text')
  readonly id!: string;

  @Column('uuid')
  readonly boot!: string;

  @Column('text')
  readonly labels!: string;

  @Column('text')
  readonly agents!: string;

  @Column('integer')
  readonly free!: number;

  @Column('integer')
  readonly held!: number;

  @Column('timestamptz', { name: 'last_beat_at' })
  readonly lastBeatAt!: Date;
}
