import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TaskEventType } from '#task';

/** One event of a task. `data` is JSON; `attempt` is 0 before the first lease. */
@Entity('task_history')
export class TaskHistoryRow {
  @PrimaryColumn('uuid', { name: 'task_id' })
  readonly taskId!: string;

  @PrimaryColumn('integer')
  readonly version!: number;

  @Column('text')
  readonly tenant!: string;

  @Column('text')
  readonly type!: TaskEventType;

  @Column('timestamptz')
  readonly at!: Date;

  @Column('text')
  readonly message!: string;

  @Column('text')
  readonly actor!: string;

  @Column('integer')
  readonly attempt!: number;

  @Column('text')
  readonly data!: string;
}
