import { describe, expect, it } from 'vitest';
import { BUILTIN_ROLES, PERMISSIONS, compilePolicy, decodePolicy, judge } from '#policy';
import type { Asked, PolicyLayer } from '#policy';

const asked = (over: Partial<Asked> = {}): Asked => ({ userId: 'u', roles: [], permissions: [], ...over });
const policy = (layers: Partial<Record<PolicyLayer['name'], object>> = {}, local = false) =>
  compilePolicy(
    Object.entries(layers).map(([name, document]) => ({
      name: name as PolicyLayer['name'],
      document: decodePolicy(document, { knownRoles: ['lead'] }),
    })),
    { local },
  );
const DANGER = { id: 'shell-exec', dangerous: true } as const;
const LINT = { id: 'lint', dangerous: false } as const;
const developer = asked({ roles: ['developer'], trust: 'verified' });

describe('with no policy at all', () => {
  it.each(Object.keys(BUILTIN_ROLES))('the role %s grants its own permissions and no others', (role) => {
    const granted = PERMISSIONS.filter(
      (permission) => judge(policy(), asked({ roles: [role], permissions: [permission] })).allowed,
    );
    // From security.md, not from the code.
    const table: Readonly<Record<string, readonly string[]>> = {
      admin: PERMISSIONS,
      developer: ['task:submit', 'task:read', 'task:cancel', 'agent:invoke', 'skill:execute'],
      readonly: ['task:read', 'config:read'],
      ci: ['task:submit', 'task:read', 'agent:invoke'],
    };
    expect(granted).toEqual(table[role]);
  });

  it('every permission asked for is needed, and those that are missing are named', () => {
    const verdict = judge(
      policy(),
      asked({ roles: ['readonly'], permissions: ['task:read', 'task:submit'] }),
    );
    expect(verdict).toMatchObject({ allowed: false, rule: 'roles', missing: ['task:submit'] });
    expect(verdict.reason).toBe('this needs task:submit, not granted by your roles (readonly)');
  });

  it.each(['ghost', '__proto__', 'toString', 'Admin', ''])(
    'a role nobody knows (%j) grants nothing',
    (role) => {
      expect(judge(policy(), asked({ roles: [role], permissions: ['task:read'] })).allowed).toBe(false);
      expect(judge(policy(), asked({ roles: [role, 'ci'], permissions: ['task:read'] })).allowed).toBe(true);
    },
  );

  it('roles decide about agents and the ordinary skills they declare', () => {
    const ci = asked({ roles: ['ci'], permissions: ['task:submit'], agentId: 'shell', skills: [LINT] });
    expect(judge(policy(), ci).allowed).toBe(true);
    expect(judge(policy(), { ...ci, roles: ['readonly'] })).toMatchObject({ allowed: false });
    expect(judge(policy(), asked({ roles: ['readonly'], agentId: 'shell' })).missing).toEqual([
      'agent:invoke',
    ]);
  });

  it('a skill used directly needs skill:execute', () => {
    expect(judge(policy(), asked({ roles: ['ci'], skills: [LINT] })).missing).toEqual(['skill:execute']);
    expect(judge(policy(), asked({ roles: ['developer'], skills: [LINT] })).allowed).toBe(true);
  });

  it('a dangerous skill is denied, even to an admin on a trusted device', () => {
    const verdict = judge(policy(), asked({ roles: ['admin'], trust: 'trusted', skills: [DANGER] }));
    expect(verdict).toMatchObject({ allowed: false, rule: 'skill[shell-exec].dangerous' });
    expect(verdict.reason).toContain('no entry of skillPolicies allows it');
  });

  it('in local-only mode a dangerous skill runs with a warning', () => {
    const verdict = judge(
      policy({}, true),
      asked({ roles: ['admin'], agentId: 'shell', skills: [DANGER, LINT] }),
    );
    expect(verdict).toMatchObject({ allowed: true });
    expect(verdict.reason).toMatch(/warning: dangerous, .*: shell-exec$/);
    const listed = policy(
      { repository: { skillPolicies: [{ skillId: 'shell-exec', dangerous: true }] } },
      true,
    );
    expect(judge(listed, asked({ roles: ['admin'], skills: [DANGER] })).reason).not.toContain('warning');
  });
});

describe('an optional skill of an agent', () => {
  const optional = { ...DANGER, optional: true };
  const invoking = { ...developer, agentId: 'reviewer', skills: [LINT, optional] };

  it('is done without where it is denied, and the verdict says so', () => {
    const verdict = judge(policy(), invoking);
    expect(verdict).toMatchObject({ allowed: true, needsApproval: false });
    expect(verdict.reason).toMatch(
      /; goes without what is denied: the skill shell-exec is dangerous, and no entry of skillPolicies allows it$/,
    );
    const denied = policy({ repository: { deniedSkills: ['shell-exec'] } });
    expect(judge(denied, invoking)).toMatchObject({ allowed: true });
    expect(judge(denied, { ...invoking, skills: [LINT, DANGER] })).toMatchObject({ allowed: false });
  });

  it('that is allowed is not talked of, and asks for no approval before it is used', () => {
    const listed = policy({
      repository: { skillPolicies: [{ skillId: 'shell-exec', requiresApproval: true }] },
    });
    expect(judge(listed, invoking)).toMatchObject({
      allowed: true,
      needsApproval: false,
      reason: 'granted by your roles (developer)',
    });
    expect(judge(listed, { ...invoking, trust: 'untrusted' }).reason).toContain('goes without');
    expect(judge(listed, { ...invoking, skills: [DANGER] }).needsApproval).toBe(true);
  });

  it('is needed where every agent must have it', () => {
    const required = policy({ repository: { requiredSkills: ['shell-exec'] } });
    expect(judge(required, invoking)).toMatchObject({ allowed: false, rule: 'skill[shell-exec].dangerous' });
  });
});

describe('a dangerous skill with an entry', () => {
  const listed = policy({ repository: { skillPolicies: [{ skillId: 'shell-exec' }] } });

  it.each([
    [undefined, false],
    ['untrusted', false],
    ['verified', true],
    ['trusted', true],
  ] as const)('on a device that is %s: %s', (trust, allowed) => {
    expect(judge(listed, asked({ roles: ['developer'], trust, skills: [DANGER] })).allowed).toBe(allowed);
  });

  it('needs skill:execute even where an agent declares it', () => {
    const ci = asked({ roles: ['ci'], trust: 'trusted', agentId: 'shell', skills: [DANGER] });
    expect(judge(listed, ci)).toMatchObject({ allowed: false, missing: ['skill:execute'] });
  });

  it('is still denied, in local-only mode too, to whom the policy denies it', () => {
    const denying = { skillPolicies: [{ skillId: 'shell-exec', dangerous: true, deniedRoles: ['admin'] }] };
    const admin = asked({ roles: ['admin'], trust: 'trusted', skills: [DANGER] });
    expect(judge(policy({ repository: denying }, true), admin).rule).toBe(
      'repository.skillPolicies[shell-exec].deniedRoles',
    );
    expect(judge(policy({ repository: { deniedSkills: ['shell-exec'] } }, true), admin).rule).toBe(
      'repository.deniedSkills',
    );
  });
});

describe('admin:all', () => {
  const admin = asked({
    roles: ['admin'],
    trust: 'untrusted',
    permissions: ['config:write'],
    agentId: 'shell',
  });

  it.each([
    ['a role list', { allowedRoles: ['developer'] }],
    ['a denied user', { deniedUsers: ['u'] }],
    ['a trust level', { enforceTrust: true, minimumTrustLevel: 'verified' }],
    ['an agent’s trust level', { agentPolicies: [{ agentId: 'shell', requireDeviceTrust: 'verified' }] }],
  ])('does not lift %s', (_, document) => {
    expect(judge(policy({ repository: document }), admin).allowed).toBe(false);
    expect(judge(policy(), admin).allowed).toBe(true);
  });

  it('does not lift a denied skill', () => {
    const denied = policy({ organization: { deniedSkills: ['lint'] } });
    expect(judge(denied, { ...admin, skills: [LINT] })).toMatchObject({ rule: 'organization.deniedSkills' });
  });

  it('does not reach beyond the scope of a token', () => {
    const scope = ['task:read', 'admin:all'];
    expect(judge(policy(), asked({ roles: ['admin'], scope, permissions: ['task:read'] })).allowed).toBe(
      true,
    );
    expect(judge(policy(), asked({ roles: ['admin'], scope, permissions: ['task:submit'] }))).toMatchObject({
      allowed: false,
      rule: 'scope',
      missing: ['task:submit'],
    });
    expect(judge(policy(), asked({ roles: ['admin'], scope: [], agentId: 'shell' })).allowed).toBe(false);
  });
});

describe('a denial', () => {
  it('beats what allows', () => {
    const both = {
      allowedRoles: ['developer'],
      deniedRoles: ['ci'],
      allowedUsers: ['u'],
      deniedUsers: ['ada'],
    };
    const of = policy({ repository: both });
    const one = asked({ roles: ['developer', 'ci'], permissions: ['task:read'] });
    expect(judge(of, one).rule).toBe('repository.deniedRoles');
    expect(judge(of, { ...one, roles: ['developer'] }).allowed).toBe(true);
    expect(judge(of, { ...one, userName: 'ada', roles: ['developer'] }).rule).toBe('repository.deniedUsers');
  });

  it('meets a role that nobody defines, where an allowance does not', () => {
    const lead = asked({ roles: ['lead', 'ci'], permissions: ['task:read'] });
    expect(judge(policy({ repository: { deniedRoles: ['lead'] } }), lead).allowed).toBe(false);
    expect(judge(policy({ repository: { allowedRoles: ['lead'] } }), lead).allowed).toBe(false);
    const defined = { allowedRoles: ['lead'], roles: { lead: {} } };
    expect(judge(policy({ repository: defined }), lead).allowed).toBe(true);
  });

  it('meets who comes from no known device, where trust is enforced', () => {
    const of = policy({ repository: { enforceTrust: true, minimumTrustLevel: 'untrusted' } });
    expect(judge(of, { ...developer, permissions: ['task:read'], trust: undefined })).toMatchObject({
      allowed: false,
      rule: 'repository.minimumTrustLevel',
      reason: 'this needs a device that is at least untrusted; no device is known',
    });
  });

  it('names users exactly', () => {
    const of = policy({ repository: { allowedUsers: ['Ada'] } });
    for (const userName of ['ada', 'Ada ', 'Ad', '*'])
      expect(judge(of, { ...developer, userName, permissions: ['task:read'] }).allowed).toBe(false);
    expect(judge(of, { ...developer, userName: 'Ada', permissions: ['task:read'] }).allowed).toBe(true);
  });
});
