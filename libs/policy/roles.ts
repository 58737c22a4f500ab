import type { Permission } from './permissions.js';

/** What a role grants, and what it is for. */
export type Role = Readonly<{ description: string; permissions: readonly Permission[] }>;

/** The roles everybody starts with. Custom ones inherit from these and add. */
export const BUILTIN_ROLES = {
  admin: { description: 'Everything, for those who run the place', permissions: ['admin:all'] },
  developer: {
    description: 'Submits tasks, reads and cancels them, and uses agents and skills',
    permissions: ['task:submit', 'task:read', 'task:cancel', 'agent:invoke', 'skill:execute'],
  },
  readonly: {
    description: 'Looks at tasks and the configuration',
    permissions: ['task:read', 'config:read'],
  },
  ci: {
    description: 'A job that submits tasks and reads how they end',
    permissions: ['task:submit', 'task:read', 'agent:invoke'],
  },
} as const satisfies Record<string, Role>;

/** Permissions by the name of the role. */
export type Roles = ReadonlyMap<string, ReadonlySet<Permission>>;

export const BUILTIN: Roles = new Map(
  Object.entries(BUILTIN_ROLES).map(([name, { permissions }]) => [name, new Set<Permission>(permissions)]),
);

/** The permissions of some roles together; a role nobody knows grants nothing. */
export const permissionsOf = (roles: readonly string[], known: Roles = BUILTIN): ReadonlySet<Permission> =>
  new Set(roles.flatMap((role) => [...(known.get(role) ?? [])]));
