import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessModule, Belongings, Gate, Policies, Subjects, WaysIn } from '#access';
import { AUDIT_FORMATS, Clock, SystemClock } from '#contract';
import type { Actor, AuditEntry, AuditExport } from '#contract';
import { EventStore, PostgresEventStore } from '#event-store';
import type { Database } from '#event-store';
import { AgentRegistry } from '#registry';
import { MemoryBelongings, MemoryPolicies, MemorySubjects, MemoryWaysIn } from '#test/access';
import { settled } from '#test/settled';
import { AuditModule, ExportAudit } from './index.js';
import { anEntry } from './samples.contract.js';

const auditor: Actor = {
  kind: 'user',
  id: 'ann',
  tenant: 'here',
  sessionId: 's',
  roles: ['admin'],
  trust: 'trusted',
};

const entry = (n: number): AuditEntry => ({
  ...anEntry(),
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  tenant: n % 10 ? 'here' : 'elsewhere',
  // Not in the order of the log: clocks of several processes.
  at: new Date(Date.UTC(2026, 4, 1, 0, 0, n ^ 1)).toISOString(),
  userId: n % 2 ? 'ann' : 'bob',
  sessionId: `s-${n % 3}`,
  deviceId: `d-${n % 4}`,
  action: n % 4 ? 'task.submit' : 'task.cancel',
  resourceType: n % 7 ? 'task' : 'policy',
  resourceId: `r-${n % 5}`,
  result: n % 6 ? 'allowed' : 'denied',
});
const entries = Array.from({ length: 1100 }, (_, n) => entry(n + 1));
const here = entries.filter(({ tenant }) => tenant === 'here');
const inMay = { from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' };

const lines = async (exported: AsyncIterable<string>): Promise<readonly string[]> => {
  const all: string[] = [];
  for await (const line of exported) all.push(line);
  return all;
};

/** What an export promises, on whatever database holds the log. */
export function exportAuditContract(
  name: string,
  open: () => Promise<Readonly<{ database: Database; close: () => Promise<void> }>>,
): void {
  describe(`an export of the audit on ${name}`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let store: EventStore;
    let app: TestingModule;

    beforeAll(async () => {
      opened = await open();
      store = new PostgresEventStore(opened.database);
      const providers = [
        { provide: EventStore, useValue: store },
        { provide: Clock, useValue: new SystemClock() },
        { provide: Policies, useValue: new MemoryPolicies() },
        { provide: WaysIn, useValue: new MemoryWaysIn() },
        { provide: Belongings, useValue: new MemoryBelongings(store) },
        { provide: Subjects, useValue: new MemorySubjects({ roles: [], trust: 'trusted' }) },
        { provide: AgentRegistry, useValue: new AgentRegistry() },
      ];
      @Global()
      @Module({ providers, exports: providers.map(({ provide }) => provide) })
      class Adapters {}
      const imports = [Adapters, AccessModule, AuditModule.with({ version: '2.0.0' })];
      app = await Test.createTestingModule({ imports }).compile();
      await app.init();
      for (const one of entries) await store.record(one);
      await settled(store, 'audit');
    });

    afterAll(async () => {
      await app?.close();
      await opened?.close();
    });

    const exported = async (asked: AuditExport, actor = auditor) =>
      lines(await app.get(Gate).query(actor, new ExportAudit(asked)));
    const records = async (asked: AuditExport) =>
      (await exported(asked)).map((line) => JSON.parse(line) as AuditEntry);

    it('has every record of the tenant once, in the order of the log', async () =>
      expect(await records(inMay)).toEqual(here));

    it.each<[string, AuditExport, (one: AuditEntry) => boolean]>([
      ['user', { userId: 'bob' }, (one) => one.userId === 'bob'],
      ['session', { sessionId: 's-1' }, (one) => one.sessionId === 's-1'],
      ['device', { deviceId: 'd-1' }, (one) => one.deviceId === 'd-1'],
      ['action', { action: 'task.cancel' }, (one) => one.action === 'task.cancel'],
      ['kind of resource', { resourceType: 'policy' }, (one) => one.resourceType === 'policy'],
      ['resource', { resourceId: 'r-3' }, (one) => one.resourceId === 'r-3'],
      ['result', { result: 'denied' }, (one) => one.result === 'denied'],
      ['the first moment', { from: entry(900).at }, (one) => one.at >= entry(900).at],
      ['the moment it ends before', { to: entry(900).at }, (one) => one.at < entry(900).at],
      ['a moment of another zone', { to: '2026-05-01T02:05:00+02:00' }, (one) => one.at < '2026-05-01T00:05'],
    ])('has the records of one %s', async (_what, asked, matches) => {
      const expected = here.filter(matches);
      expect(expected.length).toBeGreaterThan(0);
      expect(await records({ ...inMay, ...asked })).toEqual(expected);
    });

    it.each(AUDIT_FORMATS)('is a line a record as %s', async (format) => {
      const all = await exported({ ...inMay, format, sessionId: 's-1' });
      expect(all).toHaveLength(here.filter(({ sessionId }) => sessionId === 's-1').length);
      for (const line of all) expect(line).toMatch(/^[^\n]+\n$/);
    });

    it('skips and doubles nothing while others record', async () => {
      const growing = { at: new Date(Date.UTC(2026, 6, 1)).toISOString(), tenant: 'here' };
      const stop = new AbortController();
      const writing = (async () => {
        for (let n = 5000; !stop.signal.aborted; n++) await store.record({ ...entry(n), ...growing });
      })();
      const found = (await records({})).filter(({ tenant }) => tenant === 'here');
      stop.abort();
      await writing;
      const ids = found.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(found.filter(({ at }) => at < '2026-06')).toEqual(here);
      const later = found.filter(({ at }) => at === growing.at).map(({ id }) => Number(id.slice(-12)));
      expect(later).toEqual(later.map((_, index) => 5000 + index));
    });

    it('is on record itself, and takes audit:read', async () => {
      const reader = { ...auditor, id: 'rob', roles: ['readonly'] };
      await expect(exported({}, reader)).rejects.toMatchObject({ code: 'access_denied' });
      await settled(store, 'audit');
      expect(await records({ action: 'audit.export', userId: 'rob' })).toMatchObject([{ result: 'denied' }]);
      await settled(store, 'audit');
      expect((await records({ action: 'audit.export', userId: 'ann' })).length).toBeGreaterThan(1);
    });

    it.each([
      [{ format: 'xml' }, 'format'],
      [{ from: 'yesterday' }, 'from'],
      [{ limit: 3 }, 'limit'],
    ])('is refused for %o, naming the field, before its first line', async (asked, field) => {
      await expect(app.get(Gate).query(auditor, new ExportAudit(asked as AuditExport))).rejects.toMatchObject(
        {
          code: 'invalid_request',
          details: { field },
        },
      );
    });
  });
}
