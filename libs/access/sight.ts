import type { Actor } from '#contract';
import { permissionsOf } from '#policy';
import type { CompiledPolicy, Permission } from '#policy';
import { SIGHT } from './demand.js';
import type { Belonging, ResourceType } from './demand.js';

const IS_OWN = {
  user: (actor: Actor, { userId }: Belonging) => userId === actor.id,
  session: (actor: Actor, { sessionId }: Belonging) => sessionId === actor.sessionId,
  tenant: () => true,
} as const satisfies Record<
  (typeof SIGHT)[ResourceType]['own'],
  (actor: Actor, belonging: Belonging) => boolean
>;

/** Whether a thing exists for the actor: it is of their tenant, and their own or theirs to oversee. */
export function isVisible(
  actor: Actor,
  type: ResourceType,
  belonging: Belonging | null,
  holds: (permission: Permission) => boolean,
): boolean {
  if (belonging?.tenant !== actor.tenant) return false;
  const { own, others } = SIGHT[type];
  if (IS_OWN[own](actor, belonging)) return true;
  return others !== null && holds(others);
}

/** What the actor is granted: by their roles, `admin:all` granting everything, as far as their token's scope goes. */
export function grantsOf(
  policy: CompiledPolicy,
  { roles, scope }: Actor,
): (permission: Permission) => boolean {
  const granted = permissionsOf(roles, policy.roles);
  return (permission) =>
    (granted.has('admin:all') || granted.has(permission)) && (!scope || scope.includes(permission));
}
