import type { Actor } from '#contract';
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

/** How a thing is seen: as one's own, by a permission to oversee others', or not at all. */
export function sightOf(
  actor: Actor,
  type: ResourceType,
  belonging: Belonging | null,
  holds: (permission: Permission) => boolean,
): Permission | 'own' | 'none' {
  if (belonging?.tenant !== actor.tenant) return 'none';
  const { own, others } = SIGHT[type];
  if (IS_OWN[own](actor, belonging)) return 'own';
  return others !== null && holds(others) ? others : 'none';
}

/** Whether the actor sees a thing at all. */
export const isSeen = (
  policy: CompiledPolicy,
  actor: Actor,
  type: ResourceType,
  belonging: Belonging,
): boolean => sightOf(actor, type, belonging, grantsOf(policy, actor)) !== 'none';

/** What the actor is granted: by their roles, `admin:all` granting everything, as far as their token's scope goes. */
export function grantsOf(
  policy: CompiledPolicy,
  { roles, scope }: Actor,
): (permission: Permission) => boolean {
  const isGranted = (permission: Permission): boolean =>
    roles.some((role) => {
      const granted = policy.roles.get(role);
      return granted !== undefined && (granted.has('admin:all') || granted.has(permission));
    });
  return (permission) => isGranted(permission) && (!scope || scope.includes(permission));
}
