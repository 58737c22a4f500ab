import { describe, expect, it } from 'vitest';
import type { Actor } from '#contract';
import { judge } from './policy.js';
import type { Demand } from './policy.js';
import type { Permission } from '#policy';

const actor = (roles: readonly string[], kind: Actor['kind'] = 'user'): Actor => ({
  kind,
  id: 'ada',
  tenant: 't',
  sessionId: 's',
  roles,
  trust: 'untrusted',
});

const demand = (...permissions: Permission[]): Demand => ({ permissions, action: 'x' });

describe('a verdict', () => {
  // From contract.md and security.md, not from the code: who of the built-in roles has which permission.
  const TABLE: Readonly<Record<string, readonly Permission[]>> = {
    developer: ['task:submit', 'task:read', 'task:cancel', 'agent:invoke', 'skill:execute'],
    readonly: ['task:read', 'config:read'],
    ci: ['task:submit', 'task:read', 'agent:invoke'],
  };
  const ALL: readonly Permission[] = [
    'task:submit',
    'task:read',
    'task:cancel',
    'task:approve',
    'agent:invoke',
    'skill:execute',
    'config:read',
    'config:write',
    'audit:read',
    'session:manage',
    'admin:all',
  ];

  it.each(Object.keys(TABLE).flatMap((role) => ALL.map((permission) => [role, permission] as const)))(
    'for a %s who needs %s is what the table says',
    (role, permission) => {
      expect(judge(actor([role]), demand(permission)).allowed).toBe(TABLE[role]?.includes(permission));
    },
  );

  it.each(ALL)('for an admin who needs %s is yes', (permission) => {
    expect(judge(actor(['admin']), demand(permission))).toMatchObject({ allowed: true, rule: 'role:admin' });
  });

  it('needs every permission asked for, and names those that are missing', () => {
    expect(judge(actor(['readonly']), demand('task:read', 'task:submit', 'agent:invoke'))).toEqual({
      allowed: false,
      rule: 'role',
      reason: 'task:submit, agent:invoke is not granted by your roles (readonly)',
    });
  });

  it('adds up roles, and takes nothing from one that nobody knows', () => {
    expect(judge(actor(['readonly', 'ci']), demand('task:submit', 'config:read')).allowed).toBe(true);
    expect(judge(actor(['toString', '__proto__', 'root']), demand('task:read')).allowed).toBe(false);
    expect(judge(actor([]), demand('task:read')).allowed).toBe(false);
  });

  it('keeps the admin of one tenant from what touches all of them', () => {
    const everywhere = { ...demand('config:write'), operators: true };
    expect(judge(actor(['admin']), everywhere)).toMatchObject({ allowed: false, rule: 'operators' });
    expect(judge({ ...actor(['admin']), tenant: 'default' }, everywhere).allowed).toBe(true);
    expect(judge({ ...actor(['readonly']), tenant: 'default' }, everywhere).allowed).toBe(false);
  });

  it('is no where nobody wrote a rule, even for an admin', () => {
    expect(judge(actor(['admin']), undefined)).toMatchObject({ allowed: false, rule: 'no-demand' });
  });

  it('keeps people from what workers and the runtime do', () => {
    expect(judge(actor(['admin']), { internal: 'worker', action: 'x' }).allowed).toBe(false);
    expect(judge(actor(['admin']), { internal: 'system', action: 'x' }).allowed).toBe(false);
    expect(judge(actor([], 'worker'), { internal: 'worker', action: 'x' }).allowed).toBe(true);
    expect(judge(actor([], 'worker'), { internal: 'system', action: 'x' }).allowed).toBe(false);
    expect(judge(actor([], 'worker'), demand('task:read')).allowed).toBe(false);
  });
});
