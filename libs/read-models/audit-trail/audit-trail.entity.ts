import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AuditResult } from '#contract';

/** What an audit record is found by; the record itself is in the log, and read from there word for word. */
@Entity('audit_trail')
@Index('audit_trail_newest', ['tenant', 'at', 'id'])
@Index('audit_trail_user', ['tenant', 'userId', 'at', 'id'])
@Index('audit_trail_session', ['tenant', 'sessionId', 'at', 'id'])
@Index('audit_trail_resource', ['tenant', 'resourceId', 'at', 'id'])
// Most records are of submits: those are found among the newest, and spare themselves an index.
@Index('audit_trail_action', ['tenant', 'action', 'at', 'id'], { where: "action <> 'task.submit'" })
@Index('audit_trail_device', ['tenant', 'deviceId', 'at', 'id'], { where: 'device_id IS NOT NULL' })
@Index('audit_trail_denied', ['tenant', 'result', 'at', 'id'], { where: "result <> 'allowed'" })
export class AuditTrailRow {
  @PrimaryColumn('uuid')
  readonly id!: string;

  @Column('text')
  readonly tenant!: string;

  @Column('timestamptz')
  readonly at!: Date;

  @Column('text', { name: 'user_id' })
  readonly userId!: string;

  @Column('text', { name: 'session_id' })
  readonly sessionId!: string;

  @Column('text', { name: 'device_id', nullable: true })
  readonly deviceId!: string | null;

  @Column('text')
  readonly action!: string;

  @Column('text', { name: 'resource_type' })
  readonly resourceType!: string;

  @Column('text', { name: 'resource_id' })
  readonly resourceId!: string;

  @Column('text')
  readonly result!: AuditResult;
}
