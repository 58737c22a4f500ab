import type { Context, EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import { LAYERS, PERMISSIONS } from '#policy';
import type { Asked, PolicyDocument, PolicyLayer } from '#policy';
import { ROLES } from './arbitrary.contract.js';

/**
 * The semantics of security.md once more, as Cedar policies, written from the documents of the layers and from no
 * code of ours. Inheritance is Cedar's entity hierarchy, lists are `forbid`, permissions are the one `permit`.
 */
export function cedarPolicies(layers: readonly PolicyLayer[]): string {
  const ordered = LAYERS.flatMap((name) => layers.filter((layer) => layer.name === name)).map(
    ({ document }) => document,
  );
  return [
    permit(ordered),
    ...ordered.flatMap((document) => [...forbidUsers(document), ...forbidOthers(document)]),
    ...forbidTrust(ordered),
    ...forbidDanger(ordered),
  ].join('\n');
}

const BUILTIN: Readonly<Record<string, readonly string[]>> = {
  admin: ['admin:all'],
  developer: ['task:submit', 'task:read', 'task:cancel', 'agent:invoke', 'skill:execute'],
  readonly: ['task:read', 'config:read'],
  ci: ['task:submit', 'task:read', 'agent:invoke'],
};
const TRUST: Readonly<Record<string, number>> = { untrusted: 0, verified: 1, trusted: 2 };

const q = (text: string) => JSON.stringify(text);
const set = (names: readonly string[]) => `[${names.map(q).join(', ')}]`;
const any = (terms: readonly string[]) =>
  terms.length === 0 ? 'false' : terms.map((t) => `(${t})`).join(' || ');
const all = (terms: readonly string[]) =>
  terms.length === 0 ? 'true' : terms.map((t) => `(${t})`).join(' && ');
const forbid = (when: string, unless = 'false') =>
  `forbid (principal, action, resource) when { ${when} } unless { ${unless} };`;

/** Layers that define roles, with their place among all: the first says which custom roles there are. */
const defining = (documents: readonly PolicyDocument[]) =>
  documents
    .map((document, index) => ({ index, roles: document.roles ?? {} }))
    .filter(({ roles }) => Object.keys(roles).length > 0);

const knownRoles = (documents: readonly PolicyDocument[]): readonly string[] => [
  ...Object.keys(BUILTIN),
  ...Object.keys(defining(documents)[0]?.roles ?? {}),
];

function permit(documents: readonly PolicyDocument[]): string {
  const granted = (permission: string) =>
    any(
      knownRoles(documents).map((role) => {
        const definitions = BUILTIN[role]
          ? [`Definition::${q(role)}`]
          : defining(documents)
              .filter(({ roles }) => Object.hasOwn(roles, role))
              .map(({ index }) => `Definition::${q(`${index}/${role}`)}`);
        const grants = definitions.map(
          (definition) => `${definition} in [Grant::${q(permission)}, Grant::"admin:all"]`,
        );
        return all([`principal in Role::${q(role)}`, ...grants]);
      }),
    );
  const conditions = PERMISSIONS.map((permission) =>
    any([
      `!(${needed(permission, documents)})`,
      all([`context.unscoped || context.scope.contains(${q(permission)})`, granted(permission)]),
    ]),
  );
  return `permit (principal, action, resource) when { context.self || (${all(conditions)}) };`;
}

const usesSkill = (id: string) => `context.skills.contains(${q(id)})`;
const usesAgent = (id: string) => `context.agent == ${q(id)}`;

/** When this permission is needed: asked for, for an agent, for a skill, or because a policy says so. */
function needed(permission: string, documents: readonly PolicyDocument[]): string {
  const byPolicy = documents.flatMap(({ agentPolicies = [], skillPolicies = [] }) => [
    ...agentPolicies
      .filter(({ requiredPermissions }) => requiredPermissions?.some((one) => one === permission))
      .map(({ agentId }) => usesAgent(agentId)),
    ...skillPolicies
      .filter(({ requiredPermissions }) => requiredPermissions?.some((one) => one === permission))
      .map(({ skillId }) => usesSkill(skillId)),
  ]);
  const byNature: Readonly<Record<string, readonly string[]>> = {
    'agent:invoke': ['context.agent != ""'],
    'skill:execute': [
      '!context.skills.isEmpty() && context.agent == ""',
      '!context.dangerous.isEmpty()',
      `context.skills.containsAny(${set(namedDangerous(documents))})`,
    ],
  };
  return any([`context.needs.contains(${q(permission)})`, ...(byNature[permission] ?? []), ...byPolicy]);
}

const namedDangerous = (documents: readonly PolicyDocument[]) =>
  documents.flatMap(({ skillPolicies = [] }) =>
    skillPolicies.filter(({ dangerous }) => dangerous).map(({ skillId }) => skillId),
  );

type Lists = Pick<PolicyDocument, 'allowedRoles' | 'deniedRoles' | 'allowedUsers' | 'deniedUsers'>;

const isOneOf = (users: readonly string[]) => `principal.names.containsAny(${set(users)})`;

function forbidUsers({ allowedUsers = [], deniedUsers = [] }: Lists, where = 'true'): readonly string[] {
  return [
    forbid(`${where} && ${isOneOf(deniedUsers)}`),
    ...(allowedUsers.length === 0 ? [] : [forbid(where, isOneOf(allowedUsers))]),
  ];
}

function forbidRoles({ allowedRoles = [], deniedRoles = [] }: Lists, where: string): readonly string[] {
  const holds = any(allowedRoles.map((role) => `principal in Role::${q(role)}`));
  return [
    forbid(`${where} && principal.claims.containsAny(${set(deniedRoles)})`),
    ...(allowedRoles.length === 0 ? [] : [forbid(where, holds)]),
  ];
}

const below = (level: string | undefined) => `context.trust < ${TRUST[level ?? ''] ?? -1}`;

function forbidOthers(document: PolicyDocument): readonly string[] {
  const { agentPolicies = [], skillPolicies = [], requiredSkills = [], deniedSkills = [] } = document;
  return [
    ...forbidRoles(document, '!context.self'),
    ...agentPolicies.flatMap((entry) => [
      ...forbidUsers(entry, usesAgent(entry.agentId)),
      ...forbidRoles(entry, usesAgent(entry.agentId)),
      forbid(`${usesAgent(entry.agentId)} && ${below(entry.requireDeviceTrust)}`),
    ]),
    ...skillPolicies.flatMap((entry) => [
      ...forbidUsers(entry, usesSkill(entry.skillId)),
      ...forbidRoles(entry, usesSkill(entry.skillId)),
      forbid(`${usesSkill(entry.skillId)} && ${below(entry.trustLevel)}`),
    ]),
    forbid('context.agent != ""', `context.skills.containsAll(${set(requiredSkills)})`),
    forbid(`context.skills.containsAny(${set(deniedSkills)})`),
  ];
}

const forbidTrust = (documents: readonly PolicyDocument[]): readonly string[] =>
  documents.some(({ enforceTrust }) => enforceTrust)
    ? documents.map(({ enforceTrust, minimumTrustLevel }) =>
        forbid(`!context.self && ${below(minimumTrustLevel ?? (enforceTrust ? 'verified' : undefined))}`),
      )
    : [];

function forbidDanger(documents: readonly PolicyDocument[]): readonly string[] {
  const listed = documents.find(({ skillPolicies = [] }) => skillPolicies.length > 0)?.skillPolicies ?? [];
  const ids = listed.map(({ skillId }) => skillId);
  const named = namedDangerous(documents);
  return [
    forbid(`!context.local && !context.dangerous.isEmpty() && ${below('verified')}`),
    forbid(`!context.local && context.skills.containsAny(${set(named)}) && ${below('verified')}`),
    forbid('!context.local', `${set(ids)}.containsAll(context.dangerous)`),
    ...named.filter((id) => !ids.includes(id)).map((id) => forbid(`!context.local && ${usesSkill(id)}`)),
  ];
}

const entity = (
  type: string,
  id: string,
  parents: EntityJson['parents'] = [],
  attrs: EntityJson['attrs'] = {},
) => ({
  uid: { type, id },
  attrs,
  parents,
});

const grants = (names: readonly string[] = []) => names.map((id) => ({ type: 'Grant', id }));

/** Who asks, as an entity, with the roles that exist as parents; and what each layer says that roles are. */
export function cedarEntities(layers: readonly PolicyLayer[], asked: Asked): EntityJson[] {
  const documents = LAYERS.flatMap((name) => layers.filter((layer) => layer.name === name)).map(
    ({ document }) => document,
  );
  const known = knownRoles(documents).filter((role) => asked.roles.includes(role));
  const custom = defining(documents).flatMap(({ index, roles }) =>
    Object.entries(roles).map(([name, { inherits = [], permissions, additionalPermissions }]) =>
      entity('Definition', `${index}/${name}`, [
        ...grants(permissions),
        ...grants(additionalPermissions),
        ...[inherits].flat().map((id) => ({ type: 'Definition', id: BUILTIN[id] ? id : `${index}/${id}` })),
      ]),
    ),
  );
  const names = [asked.userId, ...(asked.userName === undefined ? [] : [asked.userName])];
  return [
    entity(
      'User',
      'caller',
      known.map((id) => ({ type: 'Role', id })),
      { names, claims: [...asked.roles] },
    ),
    ...ROLES.map((role) => entity('Role', role)),
    ...Object.entries(BUILTIN).map(([role, permissions]) => entity('Definition', role, grants(permissions))),
    ...custom,
  ];
}

/** What is asked, as a context. */
export const cedarContext = (asked: Asked, local: boolean): Context => ({
  local,
  self: asked.permissions.length === 0 && asked.agentId === undefined && (asked.skills ?? []).length === 0,
  needs: [...asked.permissions],
  unscoped: asked.scope === undefined,
  scope: [...(asked.scope ?? [])],
  trust: TRUST[asked.trust ?? ''] ?? -1,
  agent: asked.agentId ?? '',
  skills: (asked.skills ?? []).map(({ id }) => id),
  dangerous: (asked.skills ?? []).filter(({ dangerous }) => dangerous).map(({ id }) => id),
});
