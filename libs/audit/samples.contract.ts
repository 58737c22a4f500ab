import fc from 'fast-check';
import type { AuditEntry } from '#contract';

export const PRODUCT_IN_TEST = { version: '2.0.0' };

/** A record with every field. */
export const anEntry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  id: '0198c0de-0000-7000-8000-000000000001',
  tenant: 'default',
  at: '2026-11-24T21:47:14.250Z',
  actorKind: 'user',
  userId: '0198c0de-0000-7000-8000-0000000000aa',
  issuer: 'https://id.example',
  userName: 'ada',
  sessionId: '0198c0de-0000-7000-8000-0000000000bb',
  deviceId: '0198c0de-0000-7000-8000-0000000000cc',
  address: '192.0.2.7',
  trust: 'verified',
  roles: ['developer'],
  action: 'task.cancel',
  resourceType: 'task',
  resourceId: '0198c0de-0000-7000-8000-0000000000dd',
  result: 'denied',
  reason: 'code-modifier asks for a trusted device',
  rule: 'agent:code-modifier/requireDeviceTrust',
  policyHash: '5b1c2a6e4a0f7d1f9f3f6a1b8e9d0c7b6a5f4e3d2c1b0a99887766554433221f',
  argumentsHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  ...changes,
});

/** Any text, with what ends lines, fields and values in some format made likely. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\\', '|', '=', '\n', '\r', ' ', '"', 'n', '\u2028', '\u0085', 'a=', 'k'),
  }),
);
const perhaps = fc.option(text, { nil: undefined });

const time = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** A record with any text in every field that could hold any. */
export const anyEntry: fc.Arbitrary<AuditEntry> = fc
  .record({
    id: fc.uuid(),
    tenant: text,
    at: time,
    actorKind: fc.constantFrom('user', 'worker', 'system'),
    userId: text,
    issuer: perhaps,
    userName: perhaps,
    sessionId: text,
    deviceId: perhaps,
    address: perhaps,
    trust: text,
    roles: fc.array(text),
    action: text,
    resourceType: text,
    resourceId: text,
    result: fc.constantFrom('allowed', 'denied', 'refused'),
    reason: text,
    rule: text,
    policyHash: perhaps,
    argumentsHash: perhaps,
    traceId: perhaps,
  })
  .map((entry) => JSON.parse(JSON.stringify(entry)) as AuditEntry);
