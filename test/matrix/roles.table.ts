import type { Permission, PolicyDocument } from '#policy';
import type { TrustLevel } from '#contract';

/** What each role grants, as security.md says; `admin:all` grants everything. */
const GRANTS = {
  admin: ['admin:all'],
  developer: ['task:submit', 'task:read', 'task:cancel', 'agent:invoke', 'skill:execute'],
  readonly: ['task:read', 'config:read'],
  ci: ['task:submit', 'task:read', 'agent:invoke'],
  // Custom ones, as `CUSTOM_ROLES` defines them.
  lead: [
    'task:submit',
    'task:read',
    'task:cancel',
    'task:approve',
    'agent:invoke',
    'skill:execute',
    'session:manage',
  ],
  auditor: ['audit:read', 'config:read', 'config:write'],
  canceller: ['task:cancel'],
} as const satisfies Record<string, readonly Permission[]>;

export type RoleName = keyof typeof GRANTS;

export const CUSTOM_ROLES: PolicyDocument['roles'] = {
  lead: { inherits: 'developer', additionalPermissions: ['task:approve', 'session:manage'] },
  auditor: { permissions: ['audit:read', 'config:read', 'config:write'] },
  canceller: { permissions: ['task:cancel'] },
};

/** The roles that the matrix has somebody in, one at a time; and nobody's. */
export const ROLE_SETS: readonly (readonly RoleName[])[] = [
  ['admin'],
  ['developer'],
  ['readonly'],
  ['ci'],
  ['lead'],
  ['auditor'],
  ['canceller'],
  [],
];

/** Whether somebody is granted a permission: by a role, and within the scope of their token if it has one. */
export function isGranted(
  permission: Permission,
  { roles, scope }: Readonly<{ roles: readonly RoleName[]; scope?: readonly string[] | undefined }>,
): boolean {
  const byRole = roles.some((role) => {
    const granted: readonly Permission[] = GRANTS[role];
    return granted.includes(permission) || granted.includes('admin:all');
  });
  return byRole && (scope === undefined || scope.includes(permission));
}

const LEVELS: readonly TrustLevel[] = ['untrusted', 'verified', 'trusted'];

export const isTrusted = (trust: TrustLevel, least: TrustLevel): boolean =>
  LEVELS.indexOf(trust) >= LEVELS.indexOf(least);
