import { describe, expect, it } from 'vitest';
import { compilePolicy, decodePolicy, judge } from '#policy';
import type { Asked, PolicyLayer } from '#policy';

const asked = (over: Partial<Asked> = {}): Asked => ({ userId: 'u', roles: [], permissions: [], ...over });
const policy = (layers: Partial<Record<PolicyLayer['name'], object>>) =>
  compilePolicy(
    Object.entries(layers).map(([name, document]) => ({
      name: name as PolicyLayer['name'],
      document: decodePolicy(document),
    })),
    { local: false },
  );
const LINT = { id: 'lint', dangerous: false } as const;

describe('what concerns only oneself', () => {
  const strict = policy({
    repository: {
      enforceTrust: true,
      minimumTrustLevel: 'trusted',
      allowedRoles: ['admin'],
      requiredSkills: ['x'],
      deniedUsers: ['mallory'],
    },
  });

  it('needs no role and no device, else nobody could enrol one', () => {
    expect(judge(strict, asked())).toMatchObject({ allowed: true, rule: 'self' });
    expect(judge(strict, asked({ skills: [] })).allowed).toBe(true);
  });

  it('is denied to whom the policy denies everything', () => {
    expect(judge(strict, asked({ userName: 'mallory' }))).toMatchObject({ rule: 'repository.deniedUsers' });
    const only = policy({ tenant: { allowedUsers: ['ada'] } });
    expect(judge(only, asked())).toMatchObject({ allowed: false, rule: 'tenant.allowedUsers' });
  });

  it('is not what asks for an agent or a skill', () => {
    expect(judge(strict, asked({ agentId: 'shell' })).allowed).toBe(false);
    expect(judge(strict, asked({ skills: [LINT] })).allowed).toBe(false);
  });
});

describe('the hash of a policy', () => {
  it('is that of its layers, however they are written down', () => {
    const one = policy({ repository: { enforceTrust: true, allowedRoles: ['ci'] }, tenant: {} });
    const other = policy({ tenant: {}, repository: { allowedRoles: ['ci'], enforceTrust: true } });
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(other.hash).toBe(one.hash);
    expect(policy({ tenant: {}, repository: { allowedRoles: ['ci'] } }).hash).not.toBe(one.hash);
    expect(judge(one, asked()).policyHash).toBe(one.hash);
  });
});
