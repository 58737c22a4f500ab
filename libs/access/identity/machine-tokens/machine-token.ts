import { z } from 'zod';
import { nameSchema, textSchema } from '#contract';
import { MeshError } from '#errors';
import { PERMISSIONS, permissionsOf } from '#policy';
import type { Permission, Roles } from '#policy';
import { rolesSchema } from '../users/user.js';

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 366;

/** What a machine token is asked for with. */
export const machineTokenSchema = z.strictObject({
  name: textSchema(128).refine((name) => name.trim() !== '', 'must not be empty'),
  roles: rolesSchema.optional(),
  /** Permissions it is narrowed to, whatever its roles grant. */
  scope: z.array(z.enum(PERMISSIONS)).min(1).max(PERMISSIONS.length).optional(),
  expiresAt: z.iso.datetime({ offset: true }),
  /** RFC 7638 thumbprint of the key that must sign each request made with it. */
  jkt: nameSchema.optional(),
});

export type NewMachineToken = z.output<typeof machineTokenSchema>;

/** A token for a machine, without the token itself. */
export type MachineToken = Readonly<{
  id: string;
  tenant: string;
  userId: string;
  name: string;
  roles: readonly string[];
  scope?: readonly string[] | undefined;
  jkt?: string | undefined;
  createdAt: string;
  expiresAt: string;
  /** To the minute. */
  lastUsedAt?: string | undefined;
}>;

/**
 * The roles of a token: those asked for, or all of the owner's that a token may have.
 *
 * @throws {MeshError} `access_denied` for a role that is not the owner's, or that grants `admin:all`
 */
export function tokenRoles(
  asked: readonly string[] | undefined,
  owned: readonly string[],
  known: Roles,
): readonly string[] {
  if (asked === undefined) return owned.filter((role) => !isAdmin(role, known));
  const foreign = asked.filter((role) => !owned.includes(role));
  if (foreign.length > 0)
    throw refused(`${foreign.join(', ')}: not among your roles (${owned.join(', ') || 'none'})`);
  const admins = asked.filter((role) => isAdmin(role, known));
  if (admins.length > 0) throw refused(`${admins.join(', ')}: a token is never admin`);
  return asked;
}

const isAdmin = (role: string, known: Roles): boolean =>
  role === 'admin' || permissionsOf([role], known).has('admin:all');

const refused = (why: string) => new MeshError('access_denied', `roles: ${why}`, { field: 'roles' });

/** @throws {MeshError} `invalid_request` for one that grants what no token may do */
export function refuseAdminScope(scope: readonly Permission[] | undefined): void {
  if (!scope?.includes('admin:all')) return;
  throw new MeshError('invalid_request', 'scope: a token is never granted admin:all', { field: 'scope' });
}

/** Milliseconds until the token is over. @throws {MeshError} `invalid_request` unless that is within a year */
export function lifetimeOf(expiresAt: string, now: Date): number {
  const ms = Date.parse(expiresAt) - now.getTime();
  if (ms > 0 && ms <= MAX_DAYS * DAY_MS) return ms;
  throw new MeshError('invalid_request', `expiresAt: ${expiresAt} is not within the next ${MAX_DAYS} days`, {
    field: 'expiresAt',
  });
}
