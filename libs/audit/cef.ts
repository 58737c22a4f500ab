import { isIPv4, isIPv6 } from 'node:net';
import type { AuditEntry, AuditResult } from '#contract';
import { PRODUCT, VENDOR } from './product.js';
import type { AuditProduct } from './product.js';

/** 0–10. */
const SEVERITY = { allowed: 3, refused: 5, denied: 7 } as const satisfies Record<AuditResult, number>;

/** Fields of the header: a bar ends one, and it cannot hold the end of a line. */
const header = (text: string): string =>
  text.replaceAll(/[\\|]/g, (character) => `\\${character}`).replaceAll(/[\r\n]+/g, ' ');

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['=', '\\='],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

/** Values of the extension: an equals sign would begin the next. */
const value = (text: string): string =>
  text.replaceAll(/[\\=\n\r]/g, (character) => ESCAPES.get(character) ?? character);

/** A record in ArcSight's Common Event Format, version 0, without a syslog prefix. What has no key of the standard's has one of ours. */
export function cef(entry: AuditEntry, { version }: AuditProduct): string {
  const { action, result } = entry;
  const head = [VENDOR, PRODUCT, version, action, `${action} ${result}`, String(SEVERITY[result])];
  const extension = extensionOf(entry)
    .filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
    .map(([key, text]) => `${key}=${value(text)}`);
  return `CEF:0|${head.map(header).join('|')}|${extension.join(' ')}`;
}

const extensionOf = (entry: AuditEntry): readonly (readonly [key: string, text: string | undefined])[] => [
  ['rt', String(Date.parse(entry.at))],
  ['externalId', entry.id],
  ['cat', entry.action],
  ['act', entry.result],
  ['outcome', entry.result === 'allowed' ? 'success' : 'failure'],
  ['reason', entry.reason],
  ['suid', entry.userId],
  ['suser', entry.userName],
  ...addressOf(entry.address ?? ''),
  ['CoderClawMeshTenant', entry.tenant],
  ['CoderClawMeshActorKind', entry.actorKind],
  ['CoderClawMeshIssuer', entry.issuer],
  ['CoderClawMeshSessionId', entry.sessionId],
  ['CoderClawMeshDeviceId', entry.deviceId],
  ['CoderClawMeshTrust', entry.trust],
  ['CoderClawMeshRoles', entry.roles.join(',')],
  ['CoderClawMeshResourceType', entry.resourceType],
  ['CoderClawMeshResourceId', entry.resourceId],
  ['CoderClawMeshRule', entry.rule],
  ['CoderClawMeshPolicyHash', entry.policyHash],
  ['CoderClawMeshArgumentsHash', entry.argumentsHash],
  ['CoderClawMeshTraceId', entry.traceId],
];

/** `src` holds IPv4 only. */
function addressOf(address: string): readonly (readonly [string, string])[] {
  if (isIPv4(address)) return [['src', address]];
  if (!isIPv6(address)) return address === '' ? [] : [['shost', address]];
  return [
    ['c6a2', address],
    ['c6a2Label', 'Source IPv6 Address'],
  ];
}
