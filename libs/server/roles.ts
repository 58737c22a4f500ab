import { MeshError } from '#errors';
import type { RuntimeMode } from '#contract';

const ROLES = ['api', 'projector', 'worker'] as const;

export type Role = (typeof ROLES)[number];

/**
 * The roles a process takes; all, unless some are named.
 *
 * @throws {MeshError} `invalid_request` for roles apart in local-only mode, where one process owns the data folder; it
 *   may do without a worker, as a call does that only looks
 */
export function rolesOf(mode: RuntimeMode, asked: readonly Role[] | undefined): ReadonlySet<Role> {
  const roles = new Set(asked ?? ROLES);
  if (mode === 'local-only' && !(roles.has('api') && roles.has('projector'))) {
    throw new MeshError('invalid_request', 'in local-only mode one process is api and projector at once', {
      field: 'roles',
      hint: 'leave --roles out, or use --mode remote-enabled with NATS and Postgres',
    });
  }
  return roles;
}
