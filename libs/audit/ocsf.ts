import { isIP } from 'node:net';
import type { AuditEntry, AuditResult } from '#contract';
import { activityOf } from './ocsf-activity.js';
import type { OcsfActivity } from './ocsf-activity.js';
import { oneLine } from './one-line.js';
import { PRODUCT, VENDOR } from './product.js';
import type { AuditProduct } from './product.js';

/** The version of the schema whose attributes are used. */
const OCSF_VERSION = '1.4.0';

const OUTCOME = {
  allowed: { severity_id: 1, severity: 'Informational', status_id: 1, status: 'Success' },
  refused: { severity_id: 2, severity: 'Low', status_id: 2, status: 'Failure' },
  denied: { severity_id: 3, severity: 'Medium', status_id: 2, status: 'Failure' },
} as const satisfies Record<AuditResult, object>;

const USER_TYPE = {
  user: { type_id: 1, type: 'User' },
  system: { type_id: 3, type: 'System' },
  worker: { type_id: 4, type: 'Service' },
} as const satisfies Record<AuditEntry['actorKind'], object>;

/** An event of the Open Cybersecurity Schema Framework. What its classes have no attribute for is under `unmapped`. */
export function ocsf(entry: AuditEntry, { version }: AuditProduct): string {
  const activity = activityOf(entry.action);
  return oneLine({
    ...activity,
    type_uid: activity.class_uid * 100 + activity.activity_id,
    type_name: `${activity.class_name}: ${activity.activity_name}`,
    time: Date.parse(entry.at),
    ...OUTCOME[entry.result],
    status_detail: entry.reason,
    message: `${entry.action} ${entry.result}: ${entry.reason}`,
    metadata: metadataOf(entry, version),
    actor: actorOf(entry),
    src_endpoint: endpointOf(entry),
    ...(entry.deviceId === undefined ? {} : { device: { uid: entry.deviceId, type_id: 0, type: 'Unknown' } }),
    ...OF_CLASS[activity.class_uid](entry),
    unmapped: unmappedOf(entry, activity),
  });
}

const metadataOf = (entry: AuditEntry, version: string) => ({
  version: OCSF_VERSION,
  product: { name: PRODUCT, vendor_name: VENDOR, version },
  uid: entry.id,
  event_code: entry.action,
  log_name: 'audit',
  original_time: entry.at,
  tenant_uid: entry.tenant,
  correlation_uid: entry.traceId,
  ...(entry.deviceId === undefined ? {} : { profiles: ['host'] }),
});

const actorOf = (entry: AuditEntry) => ({
  user: userOf(entry),
  session: { uid: entry.sessionId, issuer: entry.issuer },
  ...(entry.issuer === undefined ? {} : { idp: { uid: entry.issuer, name: entry.issuer } }),
  authorizations: [
    {
      decision: entry.result === 'denied' ? 'Denied' : 'Allowed',
      policy: { name: entry.rule, uid: entry.policyHash },
    },
  ],
});

const userOf = ({ userId, userName, actorKind }: AuditEntry) => ({
  uid: userId,
  name: userName,
  ...USER_TYPE[actorKind],
});

/** Required, and never empty: what is not known is said so. */
function endpointOf({ address, deviceId }: AuditEntry) {
  if (address === undefined) return deviceId === undefined ? { name: 'unknown' } : { uid: deviceId };
  return { ...(isIP(address) ? { ip: address } : { name: address }), uid: deviceId };
}

/** The attributes that a class asks for besides those that all have. */
const OF_CLASS = {
  3001: (entry: AuditEntry) => ({ user: targetOf(entry) }),
  3002: (entry: AuditEntry) => ({
    user: userOf(entry),
    session: { uid: entry.sessionId, issuer: entry.issuer },
    service: { name: PRODUCT },
  }),
  3003: (entry: AuditEntry) => ({
    user: userOf(entry),
    session: { uid: entry.sessionId, issuer: entry.issuer },
    privileges: entry.roles,
  }),
  6003: (entry: AuditEntry) => ({
    api: { operation: entry.action, service: { name: PRODUCT }, request: { uid: entry.id } },
    resources: [resourceOf(entry)],
  }),
} as const satisfies Record<OcsfActivity['class_uid'], (entry: AuditEntry) => object>;

/** Whose account changed: the user that is the resource; else, as far as a record knows, the one who did it. */
const targetOf = (entry: AuditEntry) =>
  entry.resourceType === 'user' && entry.resourceId !== '' ? { uid: entry.resourceId } : userOf(entry);

const resourceOf = ({ resourceType, resourceId }: AuditEntry) =>
  resourceId === '' ? { type: resourceType, name: resourceType } : { type: resourceType, uid: resourceId };

const unmappedOf = (entry: AuditEntry, { class_uid }: OcsfActivity) => ({
  result: entry.result,
  trust: entry.trust,
  roles: entry.roles,
  arguments_hash: entry.argumentsHash,
  ...(class_uid === 6003 ? {} : { resource: resourceOf(entry) }),
});
