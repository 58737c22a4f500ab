import type { AuditEntry } from '#contract';
import { oneLine } from './one-line.js';

/** A CloudEvent 1.0 in structured mode; its data is the record. A repeated export tells the same ids. */
export function cloudEvent(entry: AuditEntry): string {
  const { id, tenant, at, action } = entry;
  const subject = [entry.resourceType, entry.resourceId].filter((part) => part !== '').join('/');
  return oneLine({
    specversion: '1.0',
    id,
    source: `/tenants/${encodeURIComponent(tenant.toWellFormed())}/audit`,
    type: `dev.coderclaw.audit.${action}`,
    ...(subject === '' ? {} : { subject }), // an empty one is not allowed
    time: at,
    datacontenttype: 'application/json',
    data: entry,
  });
}
