import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TaskStatus } from '#task';

/** A task for lists. `state` is the folded task as JSON; the other columns are what lists filter and order by. */
@Entity('task_state')
@Index('task_state_newest', ['tenant', 'createdAt', 'taskId'])
@Index('task_state_status', ['tenant', 'status', 'createdAt', 'taskId'])
@Index('task_state_session', ['tenant', 'sessionId', 'createdAt', 'taskId'])
@Index('task_state_agent', ['tenant', 'agentId', 'createdAt', 'taskId'])
@Index('task_state_owner', ['tenant', 'ownerId', 'createdAt', 'taskId'])
@Index('task_state_parent', ['tenant', 'parentTaskId', 'createdAt', 'taskId'], {
  where: 'parent_task_id IS NOT NULL',
})
@Index('task_state_dead_letters', ['tenant', 'createdAt', 'taskId'], {
  where: `status = 'failed' and (state::jsonb -> 'exhausted') is not null`,
})
export class TaskStateRow {
  @PrimaryColumn('uuid', { name: 'task_id' })
  readonly taskId!: string;

  @Column('text')
  readonly tenant!: string;

  @Column('integer')
  readonly version!: number;

  @Column('text')
  readonly status!: TaskStatus;

  @Column('text', { name: 'session_id' })
  readonly sessionId!: string;

  @Column('text', { name: 'agent_id' })
  readonly agentId!: string;

  @Column('text', { name: 'owner_id' })
  readonly ownerId!: string;

  @Column('uuid', { name: 'parent_task_id', nullable: true })
  readonly parentTaskId!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  readonly createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  readonly updatedAt!: Date;

  @Column('text')
  readonly state!: string;

  @Column('text')
  readonly input!: string;

  @Column('text', { nullable: true })
  readonly output!: string | null;
}

/** How many tasks a tenant has in each status, kept with the rows: counting millions is no status page's affair. */
@Entity('task_total')
export class TaskTotalRow {
  @PrimaryColumn('text')
  readonly tenant!: string;

  @PrimaryColumn('text')
  readonly status!: TaskStatus;

  @Column('integer')
  readonly tasks!: number;
}
