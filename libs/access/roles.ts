/** What can be permitted. `worker:report` and `system:run` are no role's: only workers and the runtime itself have them. */
const PERMISSIONS = [
  'task:submit',
  'task:read',
  'task:cancel',
  'task:approve',
  'agent:invoke',
  'skill:execute',
  'config:read',
  'config:write',
  'audit:read',
  'session:manage',
  'admin:all',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** The roles everybody starts with. Custom ones inherit from these and add. */
export const BUILTIN_ROLES = {
  admin: { permissions: ['admin:all'] },
  developer: { permissions: ['task:submit', 'task:read', 'task:cancel', 'agent:invoke', 'skill:execute'] },
  readonly: { permissions: ['task:read', 'config:read'] },
  ci: { permissions: ['task:submit', 'task:read', 'agent:invoke'] },
} as const satisfies Record<string, Readonly<{ permissions: readonly Permission[] }>>;

const BY_NAME: ReadonlyMap<string, readonly Permission[]> = new Map(
  Object.entries(BUILTIN_ROLES).map(([name, { permissions }]) => [name, permissions]),
);

/** The permissions of some roles together; a role nobody knows grants nothing. */
export const permissionsOf = (roles: readonly string[]): ReadonlySet<Permission> =>
  new Set(roles.flatMap((role) => BY_NAME.get(role) ?? []));
