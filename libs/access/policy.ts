import { DEFAULT_TENANT } from '#contract';
import type { Actor } from '#contract';
import { permissionsOf } from '#policy';
import type { Permission } from '#policy';

/**
 * What it takes to reach a handler. `permissions` are all needed; `taskId` names the task it is about, which must be
 * of the actor's tenant; `operators`: it touches all tenants, so only the default one's people may ask; `internal`: it is
 * for workers and the runtime itself, never for people.
 */
export type Demand = Readonly<
  | {
      permissions: readonly Permission[];
      taskId?: string | undefined;
      action: string;
      recorded?: boolean;
      operators?: boolean;
    }
  | { internal: 'worker' | 'system'; taskId?: string | undefined; action: string }
>;

export type Verdict = Readonly<{ allowed: boolean; rule: string; reason: string }>;

const allow = (rule: string, reason: string): Verdict => ({ allowed: true, rule, reason });
const deny = (rule: string, reason: string): Verdict => ({ allowed: false, rule, reason });

/** May this actor? Pure. What nothing grants is denied. */
export function judge(actor: Actor, demand: Demand | undefined): Verdict {
  if (!demand) return deny('no-demand', 'no access rule was written for this');
  if ('internal' in demand) {
    return actor.kind === demand.internal
      ? allow(`internal:${demand.internal}`, `done by the ${actor.kind} ${actor.id}`)
      : deny(`internal:${demand.internal}`, 'this is not for people to ask');
  }
  if (demand.operators && actor.tenant !== DEFAULT_TENANT)
    return deny('operators', `this touches all tenants; only those of ${DEFAULT_TENANT} may ask for it`);
  const granted = permissionsOf(actor.roles);
  if (granted.has('admin:all')) return allow('role:admin', 'admin:all grants every permission');
  const missing = demand.permissions.filter((permission) => !granted.has(permission));
  const roles = actor.roles.join(', ') || 'none';
  if (missing.length > 0)
    return deny('role', `${missing.join(', ')} is not granted by your roles (${roles})`);
  return allow('role', `granted by your roles (${roles})`);
}
