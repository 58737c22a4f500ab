import type { AuditEntry } from '#contract';

/** The columns of `audit_trail`, in the order its insert names them, and the fields of a record that they keep. */
export const AUDIT_COLUMNS = [
  { column: 'id', field: 'id', type: 'uuid' },
  { column: 'tenant', field: 'tenant', type: 'text' },
  { column: 'at', field: 'at', type: 'timestamptz' },
  { column: 'actor_kind', field: 'actorKind', type: 'text' },
  { column: 'user_id', field: 'userId', type: 'text' },
  { column: 'issuer', field: 'issuer', type: 'text' },
  { column: 'user_name', field: 'userName', type: 'text' },
  { column: 'session_id', field: 'sessionId', type: 'text' },
  { column: 'device_id', field: 'deviceId', type: 'text' },
  { column: 'address', field: 'address', type: 'text' },
  { column: 'trust', field: 'trust', type: 'text' },
  { column: 'roles', field: 'roles', type: 'text' },
  { column: 'action', field: 'action', type: 'text' },
  { column: 'resource_type', field: 'resourceType', type: 'text' },
  { column: 'resource_id', field: 'resourceId', type: 'text' },
  { column: 'result', field: 'result', type: 'text' },
  { column: 'reason', field: 'reason', type: 'text' },
  { column: 'rule', field: 'rule', type: 'text' },
  { column: 'policy_hash', field: 'policyHash', type: 'text' },
  { column: 'arguments_hash', field: 'argumentsHash', type: 'text' },
  { column: 'trace_id', field: 'traceId', type: 'text' },
] as const satisfies readonly Readonly<{ column: string; field: keyof AuditEntry; type: string }>[];

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
