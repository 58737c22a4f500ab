import type { Rules, SkillRules } from './compiled-policy.js';
import type { PolicyLayer } from './layer.js';
import { peopleOf } from './people.js';
import type { Restriction } from './restriction.js';
import type { PolicyDocument } from './security-schema.js';

type AgentPolicy = NonNullable<PolicyDocument['agentPolicies']>[number];
type SkillPolicy = NonNullable<PolicyDocument['skillPolicies']>[number];

/** The rules of every agent that some layer has an entry for. */
export function compileAgents(layers: readonly PolicyLayer[]): ReadonlyMap<string, Rules> {
  const entries = layers.flatMap(({ name, document }) =>
    (document.agentPolicies ?? []).map((entry) => ({
      id: entry.agentId,
      ...rulesOf(`${name}.agentPolicies[${entry.agentId}]`, `agent ${entry.agentId}`, {
        ...entry,
        trust: { requireDeviceTrust: entry.requireDeviceTrust },
      }),
    })),
  );
  return byId(entries, merged);
}

/** The rules of every skill that some layer has an entry for, or denies. */
export function compileSkills(layers: readonly PolicyLayer[]): ReadonlyMap<string, SkillRules> {
  const listing = listingLayer(layers);
  const listed = new Set(listing?.document.skillPolicies?.map(({ skillId }) => skillId));
  const entries = layers.flatMap((layer) => [
    ...(layer.document.deniedSkills ?? []).map((id) => denied(layer, id)),
    ...(layer.document.skillPolicies ?? []).map((entry) => skillRules(layer, entry)),
  ]);
  return byId(entries, (id, rules) => ({
    ...merged(id, rules),
    dangerous: rules.find(({ dangerous }) => dangerous)?.dangerous,
    listed: listed.has(id),
    requiresApproval: rules.some(({ requiresApproval }) => requiresApproval),
  }));
}

/** The highest layer with entries for skills: it says which dangerous ones are used at all. */
export const listingLayer = (layers: readonly PolicyLayer[]): PolicyLayer | undefined =>
  layers.find(({ document }) => (document.skillPolicies ?? []).length > 0);

type SkillEntry = Omit<SkillRules, 'listed'> & Readonly<{ id: string }>;

const denied = ({ name }: PolicyLayer, id: string): SkillEntry => ({
  id,
  people: [{ kind: 'never', rule: `${name}.deniedSkills`, reason: `the skill ${id} is denied` }],
  devices: [],
  dangerous: undefined,
  requiresApproval: false,
});

function skillRules({ name }: PolicyLayer, entry: SkillPolicy): SkillEntry {
  const { skillId: id, trustLevel } = entry;
  const place = `${name}.skillPolicies[${id}]`;
  return {
    id,
    ...rulesOf(place, `the skill ${id}`, { ...entry, trust: { trustLevel } }),
    dangerous: entry.dangerous ? `${place}.dangerous` : undefined,
    requiresApproval: entry.requiresApproval ?? false,
  };
}

type Trust = Readonly<Record<string, AgentPolicy['requireDeviceTrust']>>;
type Entry = Pick<
  AgentPolicy,
  'allowedRoles' | 'deniedRoles' | 'allowedUsers' | 'deniedUsers' | 'requiredPermissions'
>;

function rulesOf(place: string, what: string, entry: Entry & Readonly<{ trust: Trust }>): Rules {
  const permissions = entry.requiredPermissions ?? [];
  const needed: readonly Restriction[] =
    permissions.length === 0
      ? []
      : [{ kind: 'permissions', rule: `${place}.requiredPermissions`, permissions, what }];
  const devices = Object.entries(entry.trust).flatMap(([key, level]): readonly Restriction[] =>
    level === undefined ? [] : [{ kind: 'trust', rule: `${place}.${key}`, level, what }],
  );
  return { people: [...peopleOf(place, entry), ...needed], devices };
}

const merged = (_: string, rules: readonly Rules[]): Rules => ({
  people: rules.flatMap(({ people }) => people),
  devices: rules.flatMap(({ devices }) => devices),
});

function byId<Part extends Readonly<{ id: string }>, Whole>(
  parts: readonly Part[],
  merge: (id: string, parts: readonly Part[]) => Whole,
): ReadonlyMap<string, Whole> {
  const groups = new Map<string, Part[]>();
  for (const part of parts) groups.set(part.id, [...(groups.get(part.id) ?? []), part]);
  return new Map([...groups].map(([id, group]) => [id, merge(id, group)]));
}
