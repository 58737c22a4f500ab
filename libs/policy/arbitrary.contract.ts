import fc from 'fast-check';
import { TRUST_LEVELS } from '#contract';
import { LAYERS, PERMISSIONS } from '#policy';
import type { Asked, PolicyDocument, PolicyLayer } from '#policy';

/** Few names, so that what is asked and what a policy says meet often. */
export const ROLES = ['admin', 'developer', 'readonly', 'ci', 'lead', 'guest'] as const;
export const CUSTOM_ROLES = ['lead', 'guest'] as const;
export const USERS = ['u-1', 'u-2', 'ada', 'bob'] as const;
export const AGENTS = ['shell', 'echo'] as const;
export const SKILLS = ['lint', 'exec', 'scan'] as const;

const some = <Name>(names: readonly Name[], maxLength = 2) =>
  fc.uniqueArray(fc.constantFrom(...names), { maxLength });
const trust = fc.constantFrom(...TRUST_LEVELS);
const permissions = some(PERMISSIONS);
/** Mostly one that passes, so that other restrictions are reached. */
const mostly = <Value>(usual: Value, others: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });
/** Often empty: of many restrictions at once one would always deny. */
const rarely = <Name>(names: readonly Name[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant<Name[]>([]) }, { weight: 1, arbitrary: some(names, 3) });

const people = {
  allowedRoles: rarely(ROLES),
  deniedRoles: rarely(ROLES),
  allowedUsers: rarely(USERS),
  deniedUsers: rarely(USERS),
};

const agentPolicies = fc.uniqueArray(
  fc.record(
    {
      agentId: fc.constantFrom(...AGENTS),
      ...people,
      requireDeviceTrust: trust,
      requiredPermissions: permissions,
    },
    { requiredKeys: ['agentId'] },
  ),
  { maxLength: 2, selector: ({ agentId }) => agentId },
);

const skillPolicies = fc.uniqueArray(
  fc.record(
    {
      skillId: fc.constantFrom(...SKILLS),
      ...people,
      dangerous: fc.boolean(),
      requiredPermissions: permissions,
      trustLevel: trust,
      requiresApproval: fc.boolean(),
    },
    { requiredKeys: ['skillId'] },
  ),
  { maxLength: 3, selector: ({ skillId }) => skillId },
);

/** `lead` may inherit `guest`, and not the other way: no cycle. */
const customRole = (parents: readonly string[]) =>
  fc.record(
    { inherits: some(parents), permissions, additionalPermissions: permissions },
    { requiredKeys: [] },
  );
const roles = fc.record(
  { lead: customRole(['developer', 'readonly', 'guest']), guest: customRole(['readonly', 'ci']) },
  { requiredKeys: [] },
);

/** A document as one layer may say it. */
export const aDocument: fc.Arbitrary<PolicyDocument> = fc.record(
  {
    enforceTrust: fc.boolean(),
    minimumTrustLevel: trust,
    ...people,
    roles,
    agentPolicies,
    skillPolicies,
    requiredSkills: rarely(SKILLS),
    deniedSkills: rarely(SKILLS),
  },
  { requiredKeys: [] },
);

export const aLayer: fc.Arbitrary<PolicyLayer> = fc.record({
  name: fc.constantFrom(...LAYERS),
  document: aDocument,
});

export const someLayers = fc.array(aLayer, { maxLength: 3 });

const aSkill = fc.record({ id: fc.constantFrom(...SKILLS), dangerous: fc.boolean() });

/** A request that has a fair chance to be allowed. */
export const anAsked: fc.Arbitrary<Asked> = fc.record(
  {
    userId: fc.constantFrom('u-1', 'u-2', 'u-3'),
    userName: fc.constantFrom('ada', 'bob'),
    roles: mostly<string[]>(['admin', 'guest'], some([...ROLES, 'ghost'], 3)),
    scope: mostly<Asked['scope']>(undefined, some(PERMISSIONS, 11)),
    trust: mostly('trusted', trust),
    permissions,
    agentId: fc.constantFrom(...AGENTS),
    skills: fc.uniqueArray(aSkill, { maxLength: 2, selector: ({ id }) => id }),
  },
  { requiredKeys: ['userId', 'roles', 'permissions'] },
);

const approval = fc.record(
  {
    allowedRoles: rarely(ROLES),
    allowedUsers: rarely(USERS),
    notSubmitter: fc.boolean(),
    expiresAfterMinutes: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: [] },
);

const perAgent = fc.record({ agentId: fc.constantFrom(...AGENTS), approval });
const perSkill = fc.record({ skillId: fc.constantFrom(...SKILLS), approval });

/** What a layer may say of approvals. */
export const aLayerOfApprovals: fc.Arbitrary<PolicyLayer> = fc.record({
  name: fc.constantFrom(...LAYERS),
  document: fc.record(
    {
      approval,
      agentPolicies: fc.uniqueArray(perAgent, { maxLength: 2, selector: ({ agentId }) => agentId }),
      skillPolicies: fc.uniqueArray(perSkill, { maxLength: 2, selector: ({ skillId }) => skillId }),
    },
    { requiredKeys: [] },
  ),
});

/** Somebody who would approve one use of a skill, or a whole task. */
export const anApproval: fc.Arbitrary<Asked> = fc.record({
  userId: fc.constantFrom('u-1', 'u-2'),
  userName: fc.constantFrom('ada', 'bob'),
  roles: mostly<string[]>(['admin', 'lead'], some(ROLES, 3)),
  permissions: fc.constant(['task:approve'] as const),
  approves: fc.record({
    agentId: fc.constantFrom(...AGENTS),
    skillIds: some(SKILLS, 3),
    submitterId: fc.constantFrom('u-1', 'u-2'),
  }),
});
