import type { AuditEntry, AuditExport } from '#contract';

type Filter = Omit<AuditExport, 'format'>;

/** Whether a record is of a tenant and passes every filter; `from` is the first moment that counts, `to` the first that does not. */
export function matching(tenant: string, { from, to, ...equal }: Filter): (entry: AuditEntry) => boolean {
  const first = from === undefined ? -Infinity : Date.parse(from);
  const end = to === undefined ? Infinity : Date.parse(to);
  const wanted = Object.entries({ ...equal, tenant }).filter(([, value]) => value !== undefined);
  return (entry) => {
    const at = Date.parse(entry.at);
    return (
      first <= at && at < end && wanted.every(([field, value]) => entry[field as keyof AuditEntry] === value)
    );
  };
}
