import { describe, expect, it } from 'vitest';
import type { AuditEntry, AuditQuery } from '#contract';
import { ann, asking, nobody } from './asked.contract.js';
import { GetAudit } from './audit-trail/get-audit.query.js';
import { GetOwnAudit } from './audit-trail/get-own-audit.query.js';
import type { OpenDatabase } from './mesh.contract.js';
import { id } from './test-log.contract.js';

const entry = (n: number): AuditEntry => ({
  id: id(1_000 + n),
  tenant: 'default',
  at: new Date(Date.UTC(2026, 4, 1, 0, 0, n)).toISOString(),
  actorKind: 'user',
  userId: n % 2 ? 'ann' : 'bob',
  sessionId: `s-${n % 3}`,
  trust: 'trusted',
  roles: ['developer', 'ci'],
  action: n % 4 ? 'task.submit' : 'task.cancel',
  resourceType: n % 7 ? 'task' : 'policy',
  resourceId: `r-${n % 5}`,
  result: n % 6 ? 'allowed' : 'denied',
  reason: 'as it is',
  rule: 'role',
  ...(n % 8
    ? {}
    : {
        deviceId: 'd-1',
        argumentsHash: 'ff',
        traceId: 'aa',
        issuer: 'https://id.example',
        userName: 'Ann',
        policyHash: 'ee',
        address: '192.0.2.7',
      }),
});
const entries = Array.from({ length: 40 }, (_, n) => entry(n + 1));
const inMay = { from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' };

/** What is answered of the audit trail. */
export function auditQueriesContract(name: string, open: OpenDatabase): void {
  describe(`queries of the audit trail on ${name}`, () => {
    const asked = asking(open);
    const audit = (query: AuditQuery = {}, actor = ann) => asked().gate.query(actor, new GetAudit(query));

    it('give audit records back as they were written, in pages, newest first', async () => {
      for (const one of entries) await asked().store.record(one);
      await asked().store.record({ ...entry(41), tenant: 'other' });
      await asked().project();
      const found: AuditEntry[] = [];
      let cursor: string | undefined;
      do {
        const page = await audit({ ...inMay, limit: 9, cursor });
        found.push(...page.entries);
        ({ cursor } = page);
        await asked().project(); // the reading itself was recorded meanwhile
      } while (cursor);
      expect(found).toEqual(entries.toReversed());
    });

    it.each<[string, AuditQuery, (one: AuditEntry) => boolean]>([
      ['user', { userId: 'bob' }, (one) => one.userId === 'bob'],
      ['session', { sessionId: 's-1' }, (one) => one.sessionId === 's-1'],
      ['device', { deviceId: 'd-1' }, (one) => one.deviceId === 'd-1'],
      ['action', { action: 'task.cancel' }, (one) => one.action === 'task.cancel'],
      ['kind of resource', { resourceType: 'policy' }, (one) => one.resourceType === 'policy'],
      ['resource', { resourceId: 'r-3' }, (one) => one.resourceId === 'r-3'],
      ['result', { result: 'denied' }, (one) => one.result === 'denied'],
      ['the first moment', { from: entry(30).at }, (one) => one.at >= entry(30).at],
      ['the moment it ends before', { to: entry(30).at }, (one) => one.at < entry(30).at],
    ])('find audit records by %s', async (_what, query, matches) => {
      const expected = entries.filter(matches).toReversed();
      expect(expected.length).toBeGreaterThan(0);
      expect((await audit({ ...inMay, ...query, limit: 1000 })).entries).toEqual(expected);
    });

    it.each([
      [{ result: 'perhaps' }, 'result'],
      [{ from: 'yesterday' }, 'from'],
      [{ limit: 1001 }, 'limit'],
      [{ cursor: 'x' }, 'cursor'],
      [{ user: 'bob' }, 'user'],
    ])('refuse %o, naming the field', async (query, field) => {
      await expect(audit(query as AuditQuery)).rejects.toMatchObject({
        code: 'invalid_request',
        details: { field },
      });
    });

    it('are denied without audit:read, save for one’s own session', async () => {
      const own = { ...nobody, sessionId: 's-1' };
      await expect(audit({ sessionId: 's-1' }, own)).rejects.toMatchObject({ code: 'access_denied' });
      const mine = await asked().gate.query(own, new GetOwnAudit({ ...inMay, limit: 1000 }));
      expect(mine.entries).toEqual(entries.filter(({ sessionId }) => sessionId === 's-1').toReversed());
    });

    it('let nobody name another session as his own, nor one of another tenant', async () => {
      const other = { ...nobody, sessionId: 's-1', tenant: 'elsewhere' };
      const named = { ...inMay, sessionId: 's-2' } as Omit<AuditQuery, 'sessionId'>;
      const found = await asked().gate.query({ ...nobody, sessionId: 's-1' }, new GetOwnAudit(named));
      expect(new Set(found.entries.map(({ sessionId }) => sessionId))).toEqual(new Set(['s-1']));
      expect((await asked().gate.query(other, new GetOwnAudit(inMay))).entries).toEqual([]);
    });

    it('are on record themselves when they read the audit', async () => {
      await asked().project();
      const before = asked().store.audits.length;
      await audit({ userId: 'bob' });
      expect(
        asked()
          .store.audits.slice(before)
          .map(({ text }) => JSON.parse(text) as unknown),
      ).toMatchObject([{ action: 'audit.read', userId: 'ann', result: 'allowed' }]);
    });
  });
}
