import { describe, expect, it } from 'vitest';
import { compilePolicy, readSecurityPolicy, readTeamPolicy } from '#policy';

const problemsOf = (text: string, knownRoles: readonly string[] = []) =>
  readSecurityPolicy(text, 's.yaml', { knownRoles }).problems.map(
    ({ where, field, message }) => `${where} ${field}: ${message.replace(/, got .*$/, '')}`,
  );

/** contract.md §5, to the letter. */
const CONTRACT = `
identity: { providers: [oidc, github] }
deviceTrust: { minimumLevel: verified, autoTrustLocal: true }   # one setting
enforceTrust: true
minimumTrustLevel: verified
allowedRoles: [developer, admin]
allowedUsers: []                    # and deniedUsers
roles:
  custom-developer: { inherits: developer, additionalPermissions: [config:write] }
agentPolicies:
  - { agentId: code-modifier, allowedRoles: [developer, admin], deniedRoles: [], requireDeviceTrust: verified }
skillPolicies:
  - { skillId: shell-exec, dangerous: true, requiredPermissions: [skill:execute], allowedRoles: [developer] }
`;

describe('security.yaml', () => {
  it('has the shape of the contract', () => {
    const { values, problems } = readSecurityPolicy(CONTRACT, 's.yaml');
    expect(problems).toEqual([]);
    expect(values).toMatchObject({
      identity: { providers: ['oidc', 'github'] },
      minimumTrustLevel: 'verified',
      agentPolicies: [{ agentId: 'code-modifier', requireDeviceTrust: 'verified' }],
      skillPolicies: [{ skillId: 'shell-exec', dangerous: true }],
    });
    const policy = compilePolicy([{ name: 'repository', document: values ?? {} }], { local: false });
    expect([...(policy.roles.get('custom-developer') ?? [])].toSorted()).toEqual(
      ['agent:invoke', 'config:write', 'skill:execute', 'task:cancel', 'task:read', 'task:submit'].toSorted(),
    );
  });

  it('names only ways to sign in that are set up, where it is known which those are', () => {
    const text = 'identity: { providers: [oidc, saml, github] }\nallowedRoles: [ghost]\n';
    const read = readSecurityPolicy(text, 's.yaml', { providers: ['local', 'oidc'] });
    expect(read.problems.map(({ where, message }) => `${where} ${message}`)).toEqual([
      expect.stringMatching(/^s\.yaml:1:31 Invalid option/),
      expect.stringMatching(/^s\.yaml:2:16 there is no role ghost/),
      expect.stringMatching(/^s\.yaml:1:37 github is not set up/),
    ]);
    expect(readSecurityPolicy('identity: { providers: [github] }', 's.yaml').problems).toEqual([]);
  });

  it('tells every problem at once, with line and column, those of several fields among them', () => {
    const text = [
      'enforceTrust: maybe',
      'minimumTrustLevel: trusted',
      'deviceTrust: { minimumLevel: verified }',
      'allowedRoles: [developr]',
      'colour: red',
      'roles:',
      '  admin: {}',
      '  a: { inherits: [b, nobody] }',
      '  b: { inherits: a, permisions: [] }',
      'agentPolicies:',
      '  - agentId: x',
      '  - agentId: x',
      '    deniedRoles: [ghost]',
    ].join('\n');
    expect(problemsOf(text)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^s\.yaml:1:15 enforceTrust: /),
        's.yaml:3:30 deviceTrust.minimumLevel: minimumTrustLevel says trusted, deviceTrust.minimumLevel says verified: they are one setting',
        expect.stringMatching(/^s\.yaml:4:16 allowedRoles\.0: there is no role developr; there are: admin, /),
        's.yaml:5:9 colour: there is no such key',
        's.yaml:7:10 roles.admin: admin is a built-in role: choose another name',
        expect.stringMatching(/^s\.yaml:8:22 roles\.a\.inherits\.1: there is no role nobody; /),
        's.yaml:9:33 roles.b.permisions: there is no such key',
        's.yaml:12:14 agentPolicies.1.agentId: x has an entry already, number 1: make them one',
        expect.stringMatching(/^s\.yaml:13:19 agentPolicies\.1\.deniedRoles\.0: there is no role ghost; /),
      ]),
    );
  });

  it.each([
    [
      'roles: { a: { inherits: a } }',
      's.yaml:1:25 roles.a.inherits: a inherits a: a role cannot inherit itself',
    ],
    [
      'roles: { a: { inherits: b }, b: { inherits: [c] }, c: { inherits: a } }',
      's.yaml:1:46 roles.b.inherits.0: c inherits b: a role cannot inherit itself',
    ],
    ['roles: { __proto__: { inherits: admin } }', 's.yaml:1:10 roles.__proto__: there is no such key'],
    ['identity: { providers: [saml] }', 's.yaml:1:25 identity.providers.0: Invalid option'],
    [
      'skillPolicies: [{ skillId: a }, { skillId: a }]',
      's.yaml:1:44 skillPolicies.1.skillId: a has an entry',
    ],
    [
      'skillPolicies: [{ skillId: a, trustLevel: high }]',
      's.yaml:1:43 skillPolicies.0.trustLevel: Invalid option',
    ],
    ['agentPolicies: [{ agentId: "a.b" }]', 's.yaml:1:28 agentPolicies.0.agentId: must be'],
    ['deniedUsers: [""]', 's.yaml:1:15 deniedUsers.0: must not be empty'],
    ['enforceTrust: &x true', 's.yaml:1:18 enforceTrust: &x: anchors are not allowed'],
  ])('refuses %s', (text, problem) => {
    expect(problemsOf(text)).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });

  it('knows minimumTrustLevel and deviceTrust.minimumLevel as one setting', () => {
    expect(problemsOf('minimumTrustLevel: verified\ndeviceTrust: { minimumLevel: verified }')).toEqual([]);
  });

  it('may name roles that a layer above defines', () => {
    expect(problemsOf('allowedRoles: [lead]')).toHaveLength(1);
    expect(problemsOf('allowedRoles: [lead]', ['lead'])).toEqual([]);
  });
});

describe('team-policy.yaml', () => {
  it('is a layer like any other', () => {
    const text =
      'organizationPolicy:\n  enforceTrust: true\n  minimumTrustLevel: verified\n  requiredSkills: [security-scanner]\n  deniedSkills: [dangerous-exec]\n';
    expect(readTeamPolicy(text, 't.yaml')).toEqual({
      values: {
        enforceTrust: true,
        minimumTrustLevel: 'verified',
        requiredSkills: ['security-scanner'],
        deniedSkills: ['dangerous-exec'],
      },
      problems: [],
    });
  });

  it.each([
    ['{}', 't.yaml:1:1 organizationPolicy'],
    ['enforceTrust: true', 't.yaml:1:15 enforceTrust'],
    ['organizationPolicy: { identity: {} }', 't.yaml:1:33 organizationPolicy.identity'],
    ['organizationPolicy: { allowedRoles: [x] }', 't.yaml:1:38 organizationPolicy.allowedRoles.0'],
  ])('refuses %j', (text, problem) => {
    const problems = readTeamPolicy(text, 't.yaml').problems.map(({ where, field }) => `${where} ${field}`);
    expect(problems).toContain(problem);
  });
});
