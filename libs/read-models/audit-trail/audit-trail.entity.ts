import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AuditEntry, AuditResult } from '#contract';

/** An audit record, for search. `roles` is a JSON array. */
@Entity('audit_trail')
@Index('audit_trail_newest', ['tenant', 'at', 'id'])
@Index('audit_trail_user', ['tenant', 'userId', 'at', 'id'])
@Index('audit_trail_session', ['tenant', 'sessionId', 'at', 'id'])
@Index('audit_trail_resource', ['tenant', 'resourceId', 'at', 'id'])
@Index('audit_trail_action', ['tenant', 'action', 'at', 'id'])
@Index('audit_trail_device', ['tenant', 'deviceId', 'at', 'id'], { where: 'device_id IS NOT NULL' })
@Index('audit_trail_denied', ['tenant', 'result', 'at', 'id'], { where: "result <> 'allowed'" })
export class AuditTrailRow {
  @PrimaryColumn('uuid')
  readonly id!: string;

  @Column('text')
  readonly tenant!: string;

  @Column('timestamptz')
  readonly at!: Date;

  @Column('text', { name: 'actor_kind' })
  readonly actorKind!: AuditEntry['actorKind'];

  @Column('text', { name: 'user_id' })
  readonly userId!: string;

  @Column('text', { nullable: true })
  readonly issuer!: string | null;

  @Column('text', { name: 'user_name', nullable: true })
  readonly userName!: string | null;

  @Column('text', { name: 'session_id' })
  readonly sessionId!: string;

  @Column('text', { name: 'device_id', nullable: true })
  readonly deviceId!: string | null;

  @Column('text', { nullable: true })
  readonly address!: string | null;

  @Column('text')
  readonly trust!: string;

  @Column('text')
  readonly roles!: string;

  @Column('text')
  readonly action!: string;

  @Column('text', { name: 'resource_type' })
  readonly resourceType!: string;

  @Column('text', { name: 'resource_id' })
  readonly resourceId!: string;

  @Column('text')
  readonly result!: AuditResult;

  @Column('text')
  readonly reason!: string;

  @Column('text')
  readonly rule!: string;

  @Column('text', { name: 'policy_hash', nullable: true })
  readonly policyHash!: string | null;

  @Column('text', { name: 'arguments_hash', nullable: true })
  readonly argumentsHash!: string | null;

  @Column('text', { name: 'trace_id', nullable: true })
  readonly traceId!: string | null;
}
