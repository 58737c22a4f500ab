import type { TrustLevel } from '#contract';
import type { Asked, CompileOptions } from '#policy';

export const ada: Asked = {
  userId: 'u-1',
  userName: 'ada',
  roles: ['developer'],
  trust: 'untrusted',
  permissions: ['task:submit'],
};
export const withAgent: Asked = { ...ada, agentId: 'shell', skills: [] };
export const withSkill = (dangerous = false, trust: TrustLevel = 'untrusted'): Asked => ({
  ...withAgent,
  trust,
  skills: [{ id: 'lint', dangerous }],
});
export const agentPolicy = (rules: object): object => ({ agentPolicies: [{ agentId: 'shell', ...rules }] });
export const skillPolicy = (rules: object): object => ({ skillPolicies: [{ skillId: 'lint', ...rules }] });

/** A key, and the one place where it denies. */
export type Case = Readonly<{
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

export const CASES: readonly Case[] = [
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
