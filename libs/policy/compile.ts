import { createHash } from 'node:crypto';
import { canonicalJson } from '#contract';
import { compileApproval } from './approval.js';
import { compileAgents, compileSkills, listingLayer } from './compile-entries.js';
import type { CompiledPolicy, Rules } from './compiled-policy.js';
import { resolveRoles } from './custom-roles.js';
import { inOrder } from './layer.js';
import type { PolicyLayer } from './layer.js';
import { rolesOf, usersOf } from './people.js';
import type { Permission } from './permissions.js';
import type { Restriction } from './restriction.js';
import { BUILTIN } from './roles.js';
import type { Roles } from './roles.js';
import { usesOf } from './skill-uses.js';

export type CompileOptions = Readonly<{
  /** Local-only mode: the one user is admin, and dangerous skills run with a warning. */
  local: boolean;
  /** runtime.yaml's `security.enforceTrust`: the stricter wins. @default false */
  enforceTrust?: boolean | undefined;
}>;

/** All layers as one policy: every restriction of every layer counts, so that a lower one only narrows. */
export function compilePolicy(layers: readonly PolicyLayer[], options: CompileOptions): CompiledPolicy {
  const ordered = inOrder(layers);
  const skills = compileSkills(ordered);
  const setting = { local: options.local, listedBy: listingLayer(ordered)?.name };
  return {
    hash: hashOf(ordered),
    ...setting,
    roles: compileRoles(ordered),
    users: ordered.flatMap(({ name, document }) => usersOf(name, document)),
    everybody: everybody(ordered, options),
    requiredSkills: ordered.flatMap(({ name, document }) => requiredSkillsOf(name, document.requiredSkills)),
    agents: compileAgents(ordered),
    skills,
    approval: compileApproval(ordered),
    skillUses: new Map([...skills].map(([id, rules]) => [id, usesOf(id, rules, setting)])),
    repositories: ordered
      .map(({ document }) => document.workspaces?.repositories ?? [])
      .filter((patterns) => patterns.length > 0),
    ...signIn(ordered),
  };
}

const hashOf = (layers: readonly PolicyLayer[]): string =>
  createHash('sha256').update(canonicalJson(layers)).digest('hex');

/**
 * The highest layer that defines roles says which there are. Lower ones may define the same ones, and then only what
 * all of them grant is granted.
 */
function compileRoles(layers: readonly PolicyLayer[]): Roles {
  const [highest = new Map(), ...lower] = layers
    .map(({ document }) => resolveRoles(document.roles ?? {}))
    .filter((roles) => roles.size > 0);
  const custom = [...highest].map(([name, permissions]): [string, ReadonlySet<Permission>] => [
    name,
    lower.reduce((granted, roles) => common(granted, roles.get(name) ?? granted), permissions),
  ]);
  return new Map([...custom, ...BUILTIN]);
}

/** What both grant; `admin:all` grants everything. */
function common(one: ReadonlySet<Permission>, other: ReadonlySet<Permission>): ReadonlySet<Permission> {
  if (one.has('admin:all')) return other;
  if (other.has('admin:all')) return one;
  return new Set([...one].filter((permission) => other.has(permission)));
}

const everybody = (layers: readonly PolicyLayer[], options: CompileOptions): Rules => ({
  people: layers.flatMap(({ name, document }) => rolesOf(name, document)),
  devices: minimumTrust(layers, options),
});

/** A minimum counts where any layer enforces trust; a layer that enforces it and names no minimum means `verified`. */
function minimumTrust(layers: readonly PolicyLayer[], options: CompileOptions): readonly Restriction[] {
  const enforced = options.enforceTrust === true || layers.some(({ document }) => document.enforceTrust);
  if (!enforced) return [];
  return layers.flatMap(({ name, document }): readonly Restriction[] => {
    const { minimumTrustLevel, deviceTrust, enforceTrust } = document;
    const key = minimumTrustLevel === undefined ? 'deviceTrust.minimumLevel' : 'minimumTrustLevel';
    const level = minimumTrustLevel ?? deviceTrust?.minimumLevel;
    if (level) return [{ kind: 'trust', rule: `${name}.${key}`, level, what: 'this' }];
    if (!enforceTrust) return [];
    return [{ kind: 'trust', rule: `${name}.enforceTrust`, level: 'verified', what: 'this' }];
  });
}

const requiredSkillsOf = (layer: string, required: readonly string[] = []): readonly Restriction[] =>
  required.length === 0 ? [] : [{ kind: 'skills', rule: `${layer}.requiredSkills`, required }];

/** How one may sign in, and what keeps a device trusted: the least that any layer leaves. */
function signIn(layers: readonly PolicyLayer[]): Pick<CompiledPolicy, 'identityProviders' | 'deviceTrust'> {
  const lists = layers
    .map(({ document }) => document.identity?.providers ?? [])
    .filter((providers) => providers.length > 0);
  const [first, ...others] = lists;
  const trusts = layers.map(({ document }) => document.deviceTrust ?? {});
  const days = trusts.map(({ maxUnseenDays }) => maxUnseenDays).filter((value) => value !== undefined);
  return {
    identityProviders:
      first && new Set(first.filter((provider) => others.every((list) => list.includes(provider)))),
    deviceTrust: {
      autoTrustLocal: trusts.every(({ autoTrustLocal }) => autoTrustLocal !== false),
      maxUnseenDays: days.length === 0 ? undefined : Math.min(...days),
    },
  };
}
