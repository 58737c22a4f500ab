import { describe, expect, it } from 'vitest';
import type { TrustLevel } from '#contract';
import { compilePolicy, decodePolicy, judge, trustOf } from '#policy';
import type { Asked, CompileOptions, PolicyDocument } from '#policy';

const ada: Asked = {
  userId: 'u-1',
  userName: 'ada',
  roles: ['developer'],
  trust: 'untrusted',
  permissions: ['task:submit'],
};
const withAgent: Asked = { ...ada, agentId: 'shell', skills: [] };
const withSkill = (dangerous = false, trust: TrustLevel = 'untrusted'): Asked => ({
  ...withAgent,
  trust,
  skills: [{ id: 'lint', dangerous }],
});
const agentPolicy = (rules: object): object => ({ agentPolicies: [{ agentId: 'shell', ...rules }] });
const skillPolicy = (rules: object): object => ({ skillPolicies: [{ skillId: 'lint', ...rules }] });

const verdict = (document: object, asked: Asked, options: Partial<CompileOptions> = {}) =>
  judge(
    compilePolicy([{ name: 'repository', document: decodePolicy(document) }], { local: false, ...options }),
    asked,
  );

type Case = Readonly<{
  key: string;
  /** Denies. */
  document: object;
  /** The same without the key, or with a value that lets them through. */
  without?: object;
  asked?: Asked;
  rule: string;
  missing?: readonly string[];
  options?: Partial<CompileOptions>;
}>;

const CASES: readonly Case[] = [
  {
    key: 'enforceTrust',
    document: { enforceTrust: true },
    without: { enforceTrust: false },
    rule: 'repository.enforceTrust',
    missing: ['trust:verified'],
  },
  {
    key: 'enforceTrust, of a minimum that was there',
    document: { enforceTrust: true, minimumTrustLevel: 'verified' },
    without: { enforceTrust: false, minimumTrustLevel: 'verified' },
    rule: 'repository.minimumTrustLevel',
    missing: ['trust:verified'],
  },
  {
    key: 'minimumTrustLevel',
    document: { minimumTrustLevel: 'trusted' },
    without: { minimumTrustLevel: 'untrusted' },
    options: { enforceTrust: true },
    rule: 'repository.minimumTrustLevel',
    missing: ['trust:trusted'],
  },
  {
    key: 'deviceTrust.minimumLevel',
    document: { deviceTrust: { minimumLevel: 'verified' } },
    without: { deviceTrust: {} },
    options: { enforceTrust: true },
    rule: 'repository.deviceTrust.minimumLevel',
    missing: ['trust:verified'],
  },
  { key: 'allowedRoles', document: { allowedRoles: ['admin'] }, rule: 'repository.allowedRoles' },
  { key: 'deniedRoles', document: { deniedRoles: ['developer'] }, rule: 'repository.deniedRoles' },
  { key: 'allowedUsers', document: { allowedUsers: ['bob'] }, rule: 'repository.allowedUsers' },
  { key: 'deniedUsers, by id', document: { deniedUsers: ['u-1'] }, rule: 'repository.deniedUsers' },
  { key: 'deniedUsers, by name', document: { deniedUsers: ['ada'] }, rule: 'repository.deniedUsers' },
  {
    key: 'roles',
    document: { roles: { lead: { inherits: 'readonly' } } },
    without: { roles: { lead: { inherits: 'readonly', additionalPermissions: ['task:submit'] } } },
    asked: { ...ada, roles: ['lead'] },
    rule: 'roles',
    missing: ['task:submit'],
  },
  {
    key: 'agentPolicies.allowedRoles',
    document: agentPolicy({ allowedRoles: ['admin'] }),
    asked: withAgent,
    rule: 'repository.agentPolicies[shell].allowedRoles',
  },
  {
    key: 'agentPolicies.deniedRoles',
    document: agentPolicy({ deniedRoles: ['developer'] }),
    asked: withAgent,
    rule: 'repository.agentPolicies[shell].deniedRoles',
  },
  {
    key: 'agentPolicies.allowedUsers',
    document: agentPolicy({ allowedUsers: ['bob'] }),
    asked: withAgent,
    rule: 'repository.agentPolicies[shell].allowedUsers',
  },
  {
    key: 'agentPolicies.deniedUsers',
    document: agentPolicy({ deniedUsers: ['ada'] }),
    asked: withAgent,
    rule: 'repository.agentPolicies[shell].deniedUsers',
  },
  {
    key: 'agentPolicies.requireDeviceTrust',
    document: agentPolicy({ requireDeviceTrust: 'verified' }),
    asked: withAgent,
    rule: 'repository.agentPolicies[shell].requireDeviceTrust',
    missing: ['trust:verified'],
  },
  {
    key: 'agentPolicies.requiredPermissions',
    document: agentPolicy({ requiredPermissions: ['config:write', 'task:read'] }),
    asked: withAgent,
    rule: 'repository.agentPolicies[shell].requiredPermissions',
    missing: ['config:write'],
  },
  {
    key: 'skillPolicies.allowedRoles',
    document: skillPolicy({ allowedRoles: ['admin'] }),
    asked: withSkill(),
    rule: 'repository.skillPolicies[lint].allowedRoles',
  },
  {
    key: 'skillPolicies.deniedRoles',
    document: skillPolicy({ deniedRoles: ['developer'] }),
    asked: withSkill(),
    rule: 'repository.skillPolicies[lint].deniedRoles',
  },
  {
    key: 'skillPolicies.allowedUsers',
    document: skillPolicy({ allowedUsers: ['bob'] }),
    asked: withSkill(),
    rule: 'repository.skillPolicies[lint].allowedUsers',
  },
  {
    key: 'skillPolicies.deniedUsers',
    document: skillPolicy({ deniedUsers: ['u-1'] }),
    asked: withSkill(),
    rule: 'repository.skillPolicies[lint].deniedUsers',
  },
  {
    key: 'skillPolicies.requiredPermissions',
    document: skillPolicy({ requiredPermissions: ['audit:read'] }),
    asked: withSkill(),
    rule: 'repository.skillPolicies[lint].requiredPermissions',
    missing: ['audit:read'],
  },
  {
    key: 'skillPolicies.trustLevel',
    document: skillPolicy({ trustLevel: 'trusted' }),
    asked: withSkill(false, 'verified'),
    rule: 'repository.skillPolicies[lint].trustLevel',
    missing: ['trust:trusted'],
  },
  {
    key: 'skillPolicies.dangerous, on an untrusted device',
    document: skillPolicy({ dangerous: true }),
    without: skillPolicy({ dangerous: false }),
    asked: withSkill(),
    rule: 'repository.skillPolicies[lint].dangerous',
    missing: ['trust:verified'],
  },
  {
    key: 'skillPolicies.dangerous, for who may not execute skills',
    document: skillPolicy({ dangerous: true }),
    asked: { ...withSkill(false, 'trusted'), roles: ['ci'] },
    rule: 'roles',
    missing: ['skill:execute'],
  },
  {
    key: 'requiredSkills',
    document: { requiredSkills: ['security-scanner', 'lint'] },
    asked: withSkill(),
    rule: 'repository.requiredSkills',
    missing: ['skill:security-scanner'],
  },
  {
    key: 'deniedSkills',
    document: { deniedSkills: ['lint'] },
    asked: withSkill(),
    rule: 'repository.deniedSkills',
  },
];

describe('a key of a policy', () => {
  it.each(CASES)(
    '$key denies by itself',
    ({ document, without = {}, asked = ada, rule, missing = [], options }) => {
      expect(verdict(document, asked, options)).toMatchObject({
        allowed: false,
        rule,
        missing,
        needsApproval: false,
      });
      expect(verdict(without, asked, options)).toMatchObject({ allowed: true, missing: [] });
    },
  );

  it.each([
    ['allowedRoles', { allowedRoles: [] }],
    ['allowedUsers', { allowedUsers: [], deniedUsers: [] }],
    ['agentPolicies', { agentPolicies: [] }],
    [
      'agentPolicies[].allowedRoles',
      agentPolicy({ allowedRoles: [], allowedUsers: [], requiredPermissions: [] }),
    ],
    ['skillPolicies', { skillPolicies: [] }],
    [
      'skillPolicies[].allowedRoles',
      skillPolicy({ allowedRoles: [], allowedUsers: [], requiredPermissions: [] }),
    ],
    ['requiredSkills', { requiredSkills: [], deniedSkills: [] }],
    ['identity.providers', { identity: { providers: [] }, roles: {} }],
  ])('%s restricts nothing where it is empty', (_, document) => {
    expect(verdict(document, withSkill()).allowed).toBe(true);
  });

  it('requiresApproval lets through what a person has to approve', () => {
    const asks = skillPolicy({ requiresApproval: true });
    expect(verdict(asks, withSkill())).toMatchObject({ allowed: true, needsApproval: true });
    expect(verdict(skillPolicy({}), withSkill())).toMatchObject({ allowed: true, needsApproval: false });
    expect(verdict(asks, withAgent)).toMatchObject({ allowed: true, needsApproval: false });
  });

  it('a policy for one agent or skill says nothing about another', () => {
    const others = {
      ...agentPolicy({ deniedRoles: ['developer'] }),
      ...skillPolicy({ deniedRoles: ['developer'] }),
    };
    expect(verdict(others, { ...withAgent, agentId: 'echo' }).allowed).toBe(true);
    expect(verdict(others, { ...ada, skills: [{ id: 'other', dangerous: false }] }).allowed).toBe(true);
  });
});

describe('the keys of signing in', () => {
  const compiled = (...documents: readonly PolicyDocument[]) =>
    compilePolicy(
      documents.map((document) => ({ name: 'repository', document })),
      { local: false },
    );
  const now = new Date('2026-01-31T00:00:00Z');
  const seen = (days: number) => new Date(now.getTime() - days * 86_400_000);

  it('identity.providers leaves those that every layer names', () => {
    expect(compiled({}, { identity: { providers: [] } }).identityProviders).toBeUndefined();
    const two = compiled(
      { identity: { providers: ['oidc', 'github'] } },
      { identity: { providers: ['github'] } },
    );
    expect([...(two.identityProviders ?? [])]).toEqual(['github']);
    const none = compiled({ identity: { providers: ['oidc'] } }, { identity: { providers: ['github'] } });
    expect(none.identityProviders).toEqual(new Set());
  });

  it('deviceTrust.autoTrustLocal false takes the trust of a local caller away', () => {
    const on = compiled({ deviceTrust: { autoTrustLocal: true } });
    const off = compiled(
      { deviceTrust: { autoTrustLocal: true } },
      { deviceTrust: { autoTrustLocal: false } },
    );
    expect(trustOf(on, { local: true }, now)).toBe('trusted');
    expect(trustOf(off, { local: true }, now)).toBe('untrusted');
    expect(trustOf(off, { local: true, device: { trust: 'verified', lastSeenAt: now } }, now)).toBe(
      'verified',
    );
    expect(trustOf(on, { local: false }, now)).toBe('untrusted');
  });

  it('deviceTrust.maxUnseenDays lets the trust of a device fall', () => {
    const policy = compiled({ deviceTrust: { maxUnseenDays: 90 } }, { deviceTrust: { maxUnseenDays: 30 } });
    const at = (days: number, of = policy) =>
      trustOf(of, { local: false, device: { trust: 'trusted', lastSeenAt: seen(days) } }, now);
    expect([at(29), at(30), at(31)]).toEqual(['trusted', 'trusted', 'untrusted']);
    expect(at(3000, compiled({}))).toBe('trusted');
  });
});
