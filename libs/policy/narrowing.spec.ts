import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRUST_LEVELS } from '#contract';
import { LAYERS, compilePolicy, decodePolicy, judge } from '#policy';
import type { Asked, PolicyDocument, PolicyLayer } from '#policy';
import { aDocument, aLayer, anAsked, someLayers } from './arbitrary.contract.js';

const RUNS = { numRuns: 3_000 };
const mayWith = (layers: readonly PolicyLayer[], asked: Asked, local = false) =>
  judge(compilePolicy(layers, { local }), asked).allowed;

/** The document without the roles and the entries for skills that no layer of `base` has. */
function openingNothing(base: readonly PolicyLayer[], document: PolicyDocument): PolicyDocument {
  const { roles, skills } = compilePolicy(base, { local: false });
  return {
    ...document,
    roles: Object.fromEntries(Object.entries(document.roles ?? {}).filter(([name]) => roles.has(name))),
    skillPolicies: (document.skillPolicies ?? []).filter(({ skillId }) => skills.get(skillId)?.listed),
  };
}

const lead = (...permissions: string[]) => decodePolicy({ roles: { lead: { permissions } } });
const defining = (name: string) => decodePolicy({ roles: { [name]: { inherits: 'developer' } } });
const listing = (skillId: string) => decodePolicy({ skillPolicies: [{ skillId, dangerous: true }] });
const rolesOf = (...layers: PolicyLayer[]) => [...compilePolicy(layers, { local: false }).roles.keys()];

const noDeniedRoles = ({ name, document }: PolicyLayer): PolicyLayer => ({
  name,
  document: {
    ...document,
    deniedRoles: [],
    agentPolicies: document.agentPolicies?.map((entry) => ({ ...entry, deniedRoles: [] })),
    skillPolicies: document.skillPolicies?.map((entry) => ({ ...entry, deniedRoles: [] })),
  },
});

describe('a layer', () => {
  it('wherever it is added, turns no denial into an allowance', () => {
    fc.assert(
      fc.property(someLayers, aLayer, anAsked, fc.boolean(), (layers, { name, document }, asked, local) => {
        const added = { name, document: openingNothing(layers, document) };
        fc.pre(!mayWith(layers, asked, local));
        expect(mayWith([...layers, added], asked, local)).toBe(false);
        expect(mayWith([added, ...layers], asked, local)).toBe(false);
      }),
      RUNS,
    );
  });

  it('below one that says which roles and dangerous skills there are, opens none, whatever it holds', () => {
    const full = aDocument.filter(({ roles = {}, skillPolicies = [] }) => {
      return Object.keys(roles).length > 0 && skillPolicies.length > 0;
    });
    fc.assert(
      fc.property(full, aDocument, aDocument, anAsked, (tenant, one, other, asked) => {
        const above: PolicyLayer[] = [
          { name: 'tenant', document: tenant },
          { name: 'organization', document: one },
        ];
        fc.pre(!mayWith(above, asked));
        expect(mayWith([...above, { name: 'repository', document: other }], asked)).toBe(false);
      }),
      RUNS,
    );
  });

  it('may be given in any order', () => {
    fc.assert(
      fc.property(fc.tuple(aDocument, aDocument, aDocument), anAsked, (documents, asked) => {
        const layers = LAYERS.map((name, index): PolicyLayer => ({ name, document: documents[index] ?? {} }));
        expect(compilePolicy(layers.toReversed(), { local: false })).toEqual(
          compilePolicy(layers, { local: false }),
        );
        expect(mayWith(layers.toReversed(), asked)).toBe(mayWith(layers, asked));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['tenant', 'repository', ['task:read']],
    ['repository', 'tenant', ['task:read']],
  ] as const)('(%s, %s) narrows a role that another defines too', (one, other, granted) => {
    const policy = compilePolicy(
      [
        { name: one, document: lead('task:read', 'config:read') },
        { name: other, document: lead('task:read', 'task:submit') },
      ],
      { local: false },
    );
    expect([...(policy.roles.get('lead') ?? [])]).toEqual(granted);
  });

  it('cannot define a role beside those that a higher one defines', () => {
    const repository: PolicyLayer = { name: 'repository', document: defining('guest') };
    expect(rolesOf(repository)).toContain('guest');
    expect(rolesOf(repository, { name: 'organization', document: { enforceTrust: true } })).toContain(
      'guest',
    );
    expect(rolesOf(repository, { name: 'tenant', document: defining('lead') })).not.toContain('guest');
  });

  it('cannot allow a dangerous skill beside those that a higher one allows', () => {
    const asked: Asked = {
      userId: 'u',
      roles: ['admin'],
      trust: 'trusted',
      permissions: [],
      skills: [{ id: 'exec', dangerous: true }],
    };
    const repository: PolicyLayer = { name: 'repository', document: listing('exec') };
    expect(mayWith([repository], asked)).toBe(true);
    expect(mayWith([repository, { name: 'organization', document: { enforceTrust: true } }], asked)).toBe(
      true,
    );
    const tenant: PolicyLayer = { name: 'tenant', document: listing('other') };
    expect(judge(compilePolicy([repository, tenant], { local: false }), asked)).toMatchObject({
      allowed: false,
      reason: 'the skill exec is dangerous, and no entry of tenant.skillPolicies allows it',
    });
  });
});

describe('whoever has less', () => {
  it('may no more: with a role taken away, where none is denied', () => {
    fc.assert(
      fc.property(someLayers, anAsked, fc.nat(2), (layers, asked, index) => {
        const plain = layers.map(noDeniedRoles);
        fc.pre(!mayWith(plain, asked));
        expect(mayWith(plain, { ...asked, roles: asked.roles.toSpliced(index, 1) })).toBe(false);
      }),
      RUNS,
    );
  });

  it('may no more: with less trust, or none', () => {
    fc.assert(
      fc.property(someLayers, anAsked, (layers, asked) => {
        const lower = [undefined, ...TRUST_LEVELS];
        const verdicts = lower.map((trust) => Number(mayWith(layers, { ...asked, trust })));
        expect(verdicts).toEqual(verdicts.toSorted((a, b) => a - b));
      }),
      RUNS,
    );
  });

  it('may no more: with a narrower token', () => {
    fc.assert(
      fc.property(someLayers, anAsked, fc.nat(7), (layers, asked, index) => {
        fc.pre(!mayWith(layers, asked));
        const scope = asked.scope?.toSpliced(index, 1) ?? ['task:read'];
        expect(mayWith(layers, { ...asked, scope })).toBe(false);
      }),
      RUNS,
    );
  });
});
