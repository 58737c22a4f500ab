import type { AuditEntry } from '#contract';

/** The columns of `audit_trail`, in the order its insert names them. */
export const AUDIT_COLUMNS = [
  { name: 'id', type: 'uuid', of: (entry: AuditEntry) => entry.id },
  { name: 'tenant', type: 'text', of: (entry: AuditEntry) => entry.tenant },
  { name: 'at', type: 'timestamptz', of: (entry: AuditEntry) => entry.at },
  { name: 'actor_kind', type: 'text', of: (entry: AuditEntry) => entry.actorKind },
  { name: 'user_id', type: 'text', of: (entry: AuditEntry) => entry.userId },
  { name: 'issuer', type: 'text', of: (entry: AuditEntry) => entry.issuer ?? null },
  { name: 'user_name', type: 'text', of: (entry: AuditEntry) => entry.userName ?? null },
  { name: 'session_id', type: 'text', of: (entry: AuditEntry) => entry.sessionId },
  { name: 'device_id', type: 'text', of: (entry: AuditEntry) => entry.deviceId ?? null },
  { name: 'address', type: 'text', of: (entry: AuditEntry) => entry.address ?? null },
  { name: 'trust', type: 'text', of: (entry: AuditEntry) => entry.trust },
  { name: 'roles', type: 'text', of: (entry: AuditEntry) => JSON.stringify(entry.roles) },
  { name: 'action', type: 'text', of: (entry: AuditEntry) => entry.action },
  { name: 'resource_type', type: 'text', of: (entry: AuditEntry) => entry.resourceType },
  { name: 'resource_id', type: 'text', of: (entry: AuditEntry) => entry.resourceId },
  { name: 'result', type: 'text', of: (entry: AuditEntry) => entry.result },
  { name: 'reason', type: 'text', of: (entry: AuditEntry) => entry.reason },
  { name: 'rule', type: 'text', of: (entry: AuditEntry) => entry.rule },
  { name: 'policy_hash', type: 'text', of: (entry: AuditEntry) => entry.policyHash ?? null },
  { name: 'arguments_hash', type: 'text', of: (entry: AuditEntry) => entry.argumentsHash ?? null },
  { name: 'trace_id', type: 'text', of: (entry: AuditEntry) => entry.traceId ?? null },
] as const;

/** As the table keeps it. */
type Kept = Readonly<{
  [Key in keyof AuditEntry]-?: Key extends 'at'
    ? Date
    : Key extends 'roles'
      ? string
      : AuditEntry[Key] | null;
}>;

/** The record as it was written. */
export function entryOf(row: Kept): AuditEntry {
  const entry = {
    id: row.id,
    tenant: row.tenant,
    at: row.at.toISOString(),
    actorKind: row.actorKind,
    userId: row.userId,
    issuer: row.issuer,
    userName: row.userName,
    sessionId: row.sessionId,
    deviceId: row.deviceId,
    address: row.address,
    trust: row.trust,
    roles: JSON.parse(row.roles) as readonly string[],
    action: row.action,
    resourceType: row.resourceType,
    resourceId: row.resourceId,
    result: row.result,
    reason: row.reason,
    rule: row.rule,
    policyHash: row.policyHash,
    argumentsHash: row.argumentsHash,
    traceId: row.traceId,
  };
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== null),
  ) as unknown as AuditEntry;
}
