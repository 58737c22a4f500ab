import { describe, expect, it } from 'vitest';
import { MemorySecurityStorage, SecurityService } from '../security.js';
import type { AuditLogEntry, AuditLogFilter } from '../security.js';
import { SCOPE, SetClock, aContext, laptop, withPolicy } from './samples.contract.js';

const RECORD = {
  action: 'task.submit',
  userId: 'ada',
  sessionId: 's-1',
  deviceId: 'laptop',
  resourceType: 'task',
  resourceId: 't-1',
  result: 'allowed',
} as const;

/** Five records, a minute apart, each unlike the first in one field. */
async function fiveRecords() {
  const clock = new SetClock();
  const service = new SecurityService({ clock });
  const changes: readonly Partial<AuditLogEntry>[] = [
    {},
    { userId: 'bob', deviceId: 'phone' },
    { sessionId: 's-2', action: 'task.read' },
    { resourceType: 'agent', resourceId: 'shell' },
    { result: 'denied', reason: 'no', metadata: { source: 'ci' } },
  ];
  for (const [minute, change] of changes.entries()) {
    clock.at = new Date(Date.UTC(2026, 0, 1, 0, minute));
    await service.audit({ ...RECORD, ...change });
  }
  return service;
}

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));

describe('the audit log', () => {
  it.each<[string, AuditLogFilter, readonly number[]]>([
    ['everything', {}, [0, 1, 2, 3, 4]],
    ['userId', { userId: 'ada' }, [0, 2, 3, 4]],
    ['sessionId', { sessionId: 's-2' }, [2]],
    ['deviceId', { deviceId: 'phone' }, [1]],
    ['action', { action: 'task.read' }, [2]],
    ['resourceType', { resourceType: 'agent' }, [3]],
    ['resourceId', { resourceId: 't-1' }, [0, 1, 2, 4]],
    ['result', { result: 'denied' }, [4]],
    ['startDate', { startDate: at(3) }, [3, 4]],
    ['endDate', { endDate: at(1) }, [0, 1]],
    ['both dates', { startDate: at(1), endDate: at(2) }, [1, 2]],
    ['limit', { limit: 2 }, [3, 4]],
    ['a limit of none', { limit: 0 }, []],
    ['several at once', { userId: 'ada', resourceId: 't-1', limit: 2 }, [2, 4]],
    ['what nobody did', { userId: 'ada', deviceId: 'phone' }, []],
  ])('is read by %s', async (_, filter, minutes) => {
    const found = await (await fiveRecords()).getAuditLog(filter);
    expect(found.map(({ timestamp }) => timestamp.getUTCMinutes())).toEqual(minutes);
  });

  it('gives each record an id and the time, whatever the caller says of them', async () => {
    const clock = new SetClock();
    const service = new SecurityService({ clock });
    const forged = { ...RECORD, id: 'mine', timestamp: new Date(0) };
    await expect(service.audit(forged)).rejects.toMatchObject({
      code: 'invalid_request',
      details: { field: 'id' },
    });
    expect(await service.audit(RECORD)).toEqual({
      ...RECORD,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp: clock.at,
    });
  });

  it.each([
    ['action', { action: '' }],
    ['result', { result: 'perhaps' }],
    ['resourceType', { resourceType: undefined }],
    ['metadata', { metadata: { text: 'x'.repeat(20_000) } }],
  ])('refuses a wrong %s', async (field, wrong) => {
    const added = new SecurityService().audit({ ...RECORD, ...wrong } as Omit<
      AuditLogEntry,
      'id' | 'timestamp'
    >);
    await expect(added).rejects.toMatchObject({ code: 'invalid_request', details: { field } });
  });

  it('refuses a filter that is none, rather than find everything', async () => {
    const service = await fiveRecords();
    for (const filter of [{ userID: 'ada' }, { startDate: '2026-01-01' }, { limit: -1 }])
      await expect(service.getAuditLog(filter as AuditLogFilter)).rejects.toMatchObject({
        code: 'invalid_request',
      });
  });

  it('cannot be changed by what it hands out, or was handed', async () => {
    const service = new SecurityService();
    const metadata = { source: 'ci' };
    await service.audit({ ...RECORD, metadata });
    metadata.source = 'changed';
    const [found] = await service.getAuditLog();
    if (found) found.userId = 'mallory';
    expect(await service.getAuditLog()).toMatchObject([{ userId: 'ada', metadata: { source: 'ci' } }]);
  });

  it('has every check, allowed or denied, with who, what and why', async () => {
    const service = await withPolicy();
    const context = await aContext(service, ['developer'], SCOPE);
    await service.checkPermission(context, 'task:cancel', 't-1');
    await service.checkAgentAccess(context, 'code-modifier');
    await service.checkSkillAccess({ ...context, device: laptop('untrusted') }, 'shell-exec');
    await service.checkPermission(
      { ...context, session: { ...context.session, expiresAt: new Date(0) } },
      'task:read',
    );
    const who = { userId: 'user-123', sessionId: context.session.sessionId, deviceId: 'laptop' };
    expect(await service.getAuditLog()).toMatchObject([
      {
        ...who,
        action: 'task.cancel',
        resourceType: 'task',
        resourceId: 't-1',
        result: 'allowed',
        rule: 'roles',
      },
      {
        ...who,
        action: 'agent.invoke',
        resourceType: 'agent',
        resourceId: 'code-modifier',
        result: 'allowed',
      },
      {
        ...who,
        action: 'skill.execute',
        resourceType: 'skill',
        resourceId: 'shell-exec',
        result: 'denied',
        rule: 'repository.skillPolicies[shell-exec].dangerous',
        reason: expect.stringContaining('dangerous'),
      },
      { ...who, action: 'task.read', result: 'denied', rule: 'session.expiresAt' },
    ]);
  });

  it('comes before the answer: a check that cannot be recorded is not answered', async () => {
    class FullStorage extends MemorySecurityStorage {
      override async appendAudit(): Promise<void> {
        throw new Error('disk full');
      }
    }
    const service = new SecurityService({ storage: new FullStorage() });
    const context = await aContext(service, ['admin']);
    await expect(service.checkPermission(context, 'task:read')).rejects.toThrow('disk full');
  });
});
