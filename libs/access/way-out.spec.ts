import { describe, expect, it } from 'vitest';
import type { Actor } from '#contract';
import { compilePolicy, explain, judge } from '#policy';
import type { Permission, PolicyDocument } from '#policy';
import { askedBy } from './asked.js';
import { wayOut } from './way-out.js';

const actor: Actor = {
  kind: 'user',
  id: 'u-1',
  userName: 'ada',
  tenant: 't',
  sessionId: 's',
  roles: ['developer'],
  trust: 'untrusted',
};

const submit = { action: 'task.submit', permissions: ['task:submit'], invokes: {} } as const;

/** What is said to somebody whom this policy denies to submit a task. */
function saidUnder(policy: PolicyDocument, who: Partial<Actor> = {}): string {
  const asker = { ...actor, ...who };
  const compiled = compilePolicy([{ name: 'tenant', document: policy }], { local: false });
  const skills = [{ id: 'shell-exec', dangerous: true }];
  const asked = askedBy(asker, { permissions: submit.permissions, agentId: 'shell', skills });
  const verdict = judge(compiled, asked);
  expect(verdict.allowed).toBe(false);
  return wayOut(verdict, { actor: asker, demand: submit, defaultAgent: 'shell' });
}

const entry = (rules: object): PolicyDocument => ({ skillPolicies: [{ skillId: 'shell-exec', ...rules }] });

describe('the way out of a denial', () => {
  it.each<readonly [string, PolicyDocument, Partial<Actor>, string]>([
    [
      'a role is missing',
      entry({}),
      { roles: ['readonly'] },
      'ask an admin for a role that grants skill:execute',
    ],
    [
      'a token is for less',
      entry({}),
      { scope: ['agent:invoke', 'skill:execute'] },
      'use a token or a session that is for task:submit: `coderclaw token create <name> --scope task:submit`',
    ],
    ['roles are listed', { allowedRoles: ['ci'] }, {}, 'one that tenant.allowedRoles lets in'],
    ['a user is listed', { deniedUsers: ['ada'] }, {}, 'decides that: tenant.deniedUsers'],
    ['a device is unknown', entry({}), {}, '`coderclaw device enroll`'],
    [
      'a device is not trusted enough',
      entry({ trustLevel: 'trusted' }),
      { trust: 'verified' },
      '`coderclaw device trust <id>`',
    ],
    [
      'a dangerous skill has no entry',
      {},
      { trust: 'verified' },
      'an entry in skillPolicies, `- { skillId: shell-exec }`, in .coderClaw/security.yaml',
    ],
    ['a skill is denied', { deniedSkills: ['shell-exec'] }, {}, '`coderclaw agents list`'],
  ])('says what to do where %s', (_, policy, who, way) => {
    expect(saidUnder(policy, who)).toContain(way);
  });

  it('gives the question to ask the policy, with what was really asked', () => {
    expect(saidUnder({ deniedRoles: ['developer'] })).toContain(
      'whoever has config:read sees why with `coderclaw policy explain --permission task:submit --agent shell --as u-1 --role developer --trust untrusted`',
    );
    const bare = { id: "o'neill; rm", roles: [] };
    expect(saidUnder(entry({}), bare)).toContain(String.raw`--as 'o'\''neill; rm' --trust untrusted`);
  });

  it('asks nothing of a policy that it cannot be asked', () => {
    expect(saidUnder(entry({}), { scope: [] })).not.toContain('policy explain');
    const internal = { action: 'task.lease', internal: 'system' } as const;
    const denial = { rule: 'internal:system', missing: [] };
    expect(wayOut(denial, { actor, demand: internal, defaultAgent: 'shell' })).toBe(
      'only the runtime itself asks for this',
    );
  });

  it('is known for every rule that the keys of a policy make', () => {
    const requiredPermissions: Permission[] = ['task:read'];
    const [allowedRoles, deniedRoles] = [['a'], ['b']];
    const lists = { allowedRoles, deniedRoles, requiredPermissions };
    const policy: PolicyDocument = {
      allowedRoles,
      deniedRoles,
      enforceTrust: true,
      requiredSkills: ['x'],
      agentPolicies: [{ agentId: 'a.b', ...lists, requireDeviceTrust: 'verified' }],
      skillPolicies: [{ skillId: 'shell-exec', ...lists, trustLevel: 'trusted', dangerous: true }],
    };
    const documents: PolicyDocument[] = [
      policy,
      { ...policy, minimumTrustLevel: 'trusted' },
      { ...policy, deviceTrust: { minimumLevel: 'trusted' } },
      { deniedSkills: ['shell-exec'] },
    ];
    const skills = [{ id: 'shell-exec', dangerous: true }];
    const asked = askedBy(actor, { permissions: submit.permissions, agentId: 'a.b', skills });
    const rules = documents.flatMap((document) => {
      const layers = [{ name: 'repository', document }] as const;
      return explain(compilePolicy(layers, { local: false }), asked).steps.map(({ rule }) => rule);
    });
    const said = [...new Set(rules)].map(saidBy);
    expect(said.length).toBeGreaterThan(15);
    expect(said.filter((way) => way.startsWith('whoever may change the policy decides'))).toEqual([]);
    expect(saidBy('nosuch')).toBe('whoever may change the policy decides that: nosuch');
  });
});

const saidBy = (rule: string): string =>
  wayOut({ rule, missing: ['trust:verified'] }, { actor, demand: undefined, defaultAgent: 'shell' });
