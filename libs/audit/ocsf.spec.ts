import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ocsf } from './ocsf.js';
import { PRODUCT_IN_TEST, anEntry, anyEntry } from './samples.contract.js';
import type { AuditEntry } from '#contract';

type Event = Readonly<Record<string, unknown>> & Readonly<{ class_uid: number; activity_id: number }>;

const event = (entry: AuditEntry) => JSON.parse(ocsf(entry, PRODUCT_IN_TEST)) as Event;
const kind = (action: string) => {
  const { category_uid, class_uid, activity_id, type_uid } = event(anEntry({ action }));
  return [category_uid, class_uid, activity_id, type_uid];
};

describe('a record as an OCSF event', () => {
  // From schema.ocsf.io, 1.4.0: class, activity, and type = class * 100 + activity.
  it.each([
    ['auth.local', [3, 3002, 1, 300_201]],
    ['auth.oidc', [3, 3002, 1, 300_201]],
    ['auth.ci', [3, 3002, 1, 300_201]],
    ['auth.device-code', [3, 3002, 1, 300_201]],
    ['auth.refresh', [3, 3002, 99, 300_299]],
    ['auth.reset', [3, 3001, 4, 300_104]],
    ['auth.setup', [3, 3002, 1, 300_201]],
    ['auth.logout', [3, 3002, 2, 300_202]],
    ['session.end', [3, 3002, 2, 300_202]],
    ['session.create', [3, 3003, 1, 300_301]],
    ['session.list', [6, 6003, 2, 600_302]],
    ['user.create', [3, 3001, 1, 300_101]],
    ['user.disable', [3, 3001, 5, 300_105]],
    ['user.password-reset', [3, 3001, 4, 300_104]],
    ['user.roles', [3, 3001, 99, 300_199]],
    ['user.list', [6, 6003, 2, 600_302]],
    ['token.create', [3, 3001, 99, 300_199]],
    ['device.trust', [3, 3001, 99, 300_199]],
    ['task.submit', [6, 6003, 1, 600_301]],
    ['audit.export', [6, 6003, 2, 600_302]],
    ['policy.reset', [6, 6003, 3, 600_303]],
    ['task.cancel', [6, 6003, 3, 600_303]],
    ['memory.delete', [6, 6003, 4, 600_304]],
    ['SomethingNew', [6, 6003, 99, 600_399]],
  ])('%s is of category, class, activity and type %j', (action, expected) =>
    expect(kind(action)).toEqual(expected),
  );

  it.each([
    ['allowed', { severity_id: 1, status_id: 1, status: 'Success' }],
    ['refused', { severity_id: 2, status_id: 2, status: 'Failure' }],
    ['denied', { severity_id: 3, status_id: 2, status: 'Failure' }],
  ] as const)('%s has a severity and a status', (result, expected) =>
    expect(event(anEntry({ result }))).toMatchObject(expected),
  );

  it('says who, from where, by what policy, about what', () =>
    expect(event(anEntry())).toMatchObject({
      time: Date.UTC(2026, 10, 24, 21, 47, 14, 250),
      metadata: {
        version: '1.4.0',
        product: { name: 'CoderClaw Mesh', vendor_name: 'CoderClaw', version: '2.0.0' },
        uid: anEntry().id,
        tenant_uid: 'default',
        correlation_uid: anEntry().traceId,
        profiles: ['host'],
      },
      actor: {
        user: { uid: anEntry().userId, name: 'ada', type_id: 1 },
        session: { uid: anEntry().sessionId, issuer: 'https://id.example' },
        idp: { uid: 'https://id.example' },
        authorizations: [{ decision: 'Denied', policy: { name: anEntry().rule, uid: anEntry().policyHash } }],
      },
      src_endpoint: { ip: '192.0.2.7' },
      device: { uid: anEntry().deviceId, type_id: 0 },
      api: { operation: 'task.cancel' },
      resources: [{ type: 'task', uid: anEntry().resourceId }],
      unmapped: { trust: 'verified', roles: ['developer'], arguments_hash: anEntry().argumentsHash },
    }));

  it('names as the user of an account change whose account it is', () => {
    const change = { action: 'user.disable', resourceType: 'user', resourceId: 'bob' };
    expect(event(anEntry(change))).toMatchObject({ user: { uid: 'bob' }, actor: { user: { name: 'ada' } } });
  });

  /** What the schema requires of each class; `at_least_one` groups are lists. */
  const REQUIRED = new Map<number, readonly string[]>([
    [3001, ['user']],
    [3002, ['user', 'service']],
    [3003, ['user', 'privileges']],
    [6003, ['actor', 'api', 'src_endpoint']],
  ]);
  const OF_EVERY_EVENT = [
    'activity_id',
    'category_uid',
    'class_uid',
    'metadata',
    'severity_id',
    'time',
    'type_uid',
  ];

  it('has what its class requires, and loses no field, whatever the record holds', () => {
    const action = fc.constantFrom('auth.local', 'session.create', 'user.create', 'task.read', '');
    fc.assert(
      fc.property(anyEntry, action, (entry, known) => {
        const told = event({ ...entry, action: known || entry.action });
        expect(Object.keys(told)).toEqual(
          expect.arrayContaining([...OF_EVERY_EVENT, ...(REQUIRED.get(told.class_uid) ?? ['unknown class'])]),
        );
        expect(told['type_uid']).toBe(told.class_uid * 100 + told.activity_id);
        const leaves = new Set(leavesOf(told));
        const { action: _, actorKind: __, ...kept } = entry; // these two are told by ids of the schema's
        const lost = Object.values(kept)
          .flat()
          .filter((value) => value !== '' && !leaves.has(value));
        expect(lost).toEqual([]);
      }),
    );
  });
});

const leavesOf = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value];
