/** What can be permitted. What workers and the runtime itself do is none of these: no role has it. */
export const PERMISSIONS = [
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

/** What the token of a machine may be permitted: it is never admin, whatever its roles have come to grant. */
export const MACHINE_PERMISSIONS = PERMISSIONS.filter((permission) => permission !== 'admin:all');
