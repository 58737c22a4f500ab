import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ProjectionName, ProjectionState } from './projection.js';

/** One row a projection: written in the transaction that writes its rows, and locked while that runs. */
@Entity('checkpoint')
export class CheckpointRow {
  @PrimaryColumn('text')
  readonly name!: ProjectionName;

  @Column('integer')
  readonly incarnation!: number;

  @Column('text')
  readonly xid!: string;

  @Column('text')
  readonly position!: string;

  @Column('uuid', { name: 'last_id', nullable: true })
  readonly lastId!: string | null;

  @Column('text')
  readonly state!: ProjectionState;

  @Column('text', { nullable: true })
  readonly error!: string | null;

  /** When a projector last said that it is at work, by the database's clock. */
  @Column('timestamptz', { name: 'seen_at', nullable: true })
  readonly seenAt!: Date | null;
}
