import { describe, expect, it } from 'vitest';
import * as security from './security.js';
import { BUILTIN_ROLES, SecurityService, globalSecurityService } from './security.js';
import type { Permission, SecurityContext, SecurityOptions } from './security.js';
import { DAY_MS, SCOPE, SetClock, aContext, laptop, withPolicy } from './security/samples.contract.js';

describe('coderclaw/security', () => {
  it('exports what the contract names', () => {
    expect(Object.keys(security).toSorted()).toEqual([
      'BUILTIN_ROLES',
      'MemorySecurityStorage',
      'SecurityService',
      'globalSecurityService',
    ]);
    expect(globalSecurityService).toBeInstanceOf(SecurityService);
    expect(BUILTIN_ROLES.ci.permissions).toEqual(['task:submit', 'task:read', 'agent:invoke']);
  });

  it('runs the samples of phase2.md as they stand', async () => {
    const securityService = await withPolicy();
    const [user, task] = [{ id: 'user-123' }, { id: 'task-1' }];
    const session = await securityService.createSession(user.id, 'laptop', ['developer']);
    session.scope = ['/repo'];
    const context: SecurityContext = {
      session,
      device: laptop('verified'),
      effectivePermissions: await securityService.getEffectivePermissions(session),
    };

    const result = await securityService.checkPermission(context, 'task:submit');
    const agentAccess = await securityService.checkAgentAccess(context, 'code-modifier');
    const skillAccess = await securityService.checkSkillAccess(context, 'shell-exec');
    expect([result, agentAccess, skillAccess].map(({ allowed }) => allowed)).toEqual([true, true, true]);

    await securityService.audit({
      action: 'task.submit',
      userId: user.id,
      sessionId: session.sessionId,
      resourceType: 'task',
      resourceId: task.id,
      result: 'allowed',
    });
    const logs = await securityService.getAuditLog({
      userId: 'user-123',
      action: 'task.submit',
      startDate: new Date('2024-01-01'),
    });
    expect(logs.map(({ resourceId }) => resourceId)).toEqual(['', 'task-1']);
    expect(logs.at(-1)?.timestamp).toBeInstanceOf(Date);
  });
});

describe('a session', () => {
  it('is made for a day, with an id of its own, and grants what its roles grant together', async () => {
    const clock = new SetClock();
    const service = new SecurityService({ clock });
    const session = await service.createSession('ada', 'laptop', ['readonly', 'ci', 'ghost']);
    expect(session).toMatchObject({ userId: 'ada', deviceId: 'laptop', grantedAt: clock.at });
    expect(session.expiresAt).toEqual(new Date(clock.at.getTime() + DAY_MS));
    expect(session.sessionId).not.toBe((await service.createSession('ada', 'laptop', [])).sessionId);
    expect(await service.getEffectivePermissions(session)).toEqual([
      'task:submit',
      'task:read',
      'agent:invoke',
      'config:read',
    ]);
    clock.at = new Date(clock.at.getTime() + DAY_MS);
    expect(await service.getEffectivePermissions(session)).toEqual([]);
  });

  it('needs a user and a device', async () => {
    const made = new SecurityService().createSession('', 'laptop', []);
    await expect(made).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'userId' } });
  });

  it('has the roles that the policy of its repository defines', async () => {
    const service = await withPolicy({
      roles: { lead: { inherits: 'readonly', permissions: ['task:approve'] } },
    });
    const { session } = await aContext(service, ['lead'], SCOPE);
    expect(await service.getEffectivePermissions(session)).toEqual([
      'task:read',
      'task:approve',
      'config:read',
    ]);
    expect(await service.getEffectivePermissions({ ...session, scope: [] })).toEqual([]);
  });
});

type Change = (context: SecurityContext) => SecurityContext;

describe('a context', () => {
  const check = async (change: Change, options: SecurityOptions = {}) => {
    const service = await withPolicy({}, options);
    const context = await aContext(service, ['developer'], SCOPE);
    return service.checkPermission(change(context), 'task:submit');
  };

  it('that holds is allowed what its roles grant', async () => {
    expect(await check((context) => context)).toMatchObject({
      allowed: true,
      rule: 'roles',
      requiredPermissions: ['task:submit'],
      missingPermissions: [],
    });
  });

  it.each<[string, string, Change]>([
    [
      'an expired session',
      'session.expiresAt',
      (context) => ({ ...context, session: { ...context.session, expiresAt: new Date(Date.now() - 1) } }),
    ],
    [
      'an end that is no time',
      'session.expiresAt',
      (context) => ({ ...context, session: { ...context.session, expiresAt: new Date('never') } }),
    ],
    [
      'no device',
      'repository.minimumTrustLevel',
      ({ session, effectivePermissions }) => ({ session, effectivePermissions }),
    ],
    [
      'a device trusted too little',
      'repository.minimumTrustLevel',
      (context) => ({ ...context, device: laptop('untrusted') }),
    ],
    [
      'a trust level that there is not',
      'repository.minimumTrustLevel',
      (context) => ({ ...context, device: laptop('constructor' as 'trusted') }),
    ],
    [
      'another device than the session’s',
      'session.deviceId',
      (context) => ({ ...context, device: { ...laptop('trusted'), id: 'other' } }),
    ],
    [
      'another user than the session’s',
      'session.userId',
      (context) => ({ ...context, user: { id: 'mallory', provider: 'local', verified: true } }),
    ],
    [
      'a user who proved nothing',
      'user.verified',
      (context) => ({ ...context, user: { id: 'user-123', provider: 'local', verified: false } }),
    ],
    [
      'an unknown role, whatever it claims',
      'repository.allowedRoles',
      (context) => ({ ...context, session: { ...context.session, roles: ['ghost'] } }),
    ],
    ['no permissions, whatever its roles', 'scope', (context) => ({ ...context, effectivePermissions: [] })],
    [
      'permissions that are not said',
      'scope',
      ({ session, device }) => ({ session, device }) as unknown as SecurityContext,
    ],
  ])('with %s is denied by %s', async (_, rule, change) => {
    expect(await check(change)).toMatchObject({ allowed: false, rule, reason: expect.stringMatching(/\w/) });
  });

  it('with an unknown role is denied where there is no policy, too', async () => {
    const service = new SecurityService();
    const context = await aContext(service, ['ghost']);
    const forged = { ...context, effectivePermissions: ['admin:all'] as Permission[] };
    expect(await service.checkPermission(forged, 'task:read')).toMatchObject({
      allowed: false,
      missingPermissions: ['task:read'],
    });
  });

  it('names what is missing in its reason', async () => {
    const service = new SecurityService();
    const result = await service.checkPermission(await aContext(service, ['readonly']), 'task:submit');
    expect(result).toMatchObject({ allowed: false, missingPermissions: ['task:submit'] });
    expect(result.reason).toContain('task:submit');
  });

  it('is denied a permission that there is not, an admin’s too', async () => {
    const service = new SecurityService();
    const result = await service.checkPermission(
      await aContext(service, ['admin']),
      'task:fly' as Permission,
    );
    expect(result).toMatchObject({ allowed: false, reason: 'there is no permission task:fly' });
  });
});
