import type { Asked } from './asked.js';
import type { CompiledPolicy } from './compiled-policy.js';
import type { Permission } from './permissions.js';
import type { Restriction } from './restriction.js';
import { meets } from './trust.js';

/** Why a restriction forbids, and what is missing. */
export type Unmet = Readonly<{ reason: string; missing: readonly string[]; rule?: string }>;

type Kind = Restriction['kind'];
type Check<Of extends Kind> = (
  restriction: Extract<Restriction, { kind: Of }>,
  asked: Asked,
  policy: CompiledPolicy,
) => Unmet | undefined;

const no = (reason: string, missing: readonly string[] = []): Unmet => ({ reason, missing });

/** What each kind of restriction forbids. Nothing else decides. */
const CHECKS: Readonly<{ [Of in Kind]: Check<Of> }> = {
  deniedUsers: ({ users }, asked) =>
    isAmong(users, asked) ? no(`${nameOf(asked)} is among the denied users`) : undefined,

  allowedUsers: ({ users }, asked) =>
    isAmong(users, asked) ? undefined : no(`${nameOf(asked)} is not among the allowed users`),

  deniedRoles: ({ roles }, asked) => {
    const denied = asked.roles.find((role) => roles.has(role));
    return denied === undefined ? undefined : no(`the role ${denied} is denied`);
  },

  // A role that nobody defines is no role, even where a list names it.
  allowedRoles: ({ roles }, asked, policy) =>
    asked.roles.some((role) => roles.has(role) && policy.roles.has(role))
      ? undefined
      : no(`none of your roles (${rolesOf(asked)}) is among those allowed: ${[...roles].join(', ')}`),

  permissions: ({ permissions, what }, asked, policy) =>
    permissions.every((permission) => isGranted(permission, asked, policy))
      ? undefined
      : notGranted(permissions, what, asked, policy),

  trust: ({ level, what }, { trust }) =>
    meets(trust, level)
      ? undefined
      : no(
          `${what} needs a device that is at least ${level}; ${trust === undefined ? 'no device is known' : `this one is ${trust}`}`,
          [`trust:${level}`],
        ),

  skills: ({ required }, { skills = [] }) => {
    const missing = required.filter((id) => !skills.some((skill) => skill.id === id));
    return missing.length === 0
      ? undefined
      : no(
          `the agent lacks skills that every agent must have: ${missing.join(', ')}`,
          missing.map((id) => `skill:${id}`),
        );
  },

  notSubmitter: (_, { userId, approves }) =>
    approves?.submitterId === userId ? no('whoever submitted the task may not approve it') : undefined,

  never: ({ reason }) => no(reason),
};

/** Why this restriction forbids what is asked; nothing if it does not. */
export function unmet(restriction: Restriction, asked: Asked, policy: CompiledPolicy): Unmet | undefined {
  const check = CHECKS[restriction.kind] as Check<Kind>;
  return check(restriction, asked, policy);
}

const isAmong = (users: ReadonlySet<string>, { userId, userName }: Asked): boolean =>
  users.has(userId) || (userName !== undefined && users.has(userName));

const nameOf = ({ userId, userName }: Asked): string => userName ?? userId;

const rolesOf = ({ roles }: Asked): string => roles.join(', ') || 'none';

const isGranted = (permission: Permission, asked: Asked, policy: CompiledPolicy): boolean =>
  isInScope(permission, asked) && byRoles(permission, asked, policy);

const isInScope = (permission: Permission, { scope }: Asked): boolean =>
  scope === undefined || scope.includes(permission);

const byRoles = (permission: Permission, { roles }: Asked, policy: CompiledPolicy): boolean =>
  roles.some((role) => {
    const granted = policy.roles.get(role);
    return granted !== undefined && (granted.has(permission) || granted.has('admin:all'));
  });

function notGranted(
  needed: readonly Permission[],
  what: string,
  asked: Asked,
  policy: CompiledPolicy,
): Unmet {
  const missing = needed.filter((permission) => !isGranted(permission, asked, policy));
  const needs = `${what} needs ${missing.join(', ')}`;
  if (missing.every((permission) => byRoles(permission, asked, policy)))
    return { ...no(`${needs}, beyond what this token or session is for`, missing), rule: 'scope' };
  return no(`${needs}, not granted by your roles (${rolesOf(asked)})`, missing);
}
