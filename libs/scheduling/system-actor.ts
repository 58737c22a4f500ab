import { DEFAULT_TENANT } from '#contract';
import type { Actor } from '#contract';

/** Who grants and revokes leases. */
export const SCHEDULER: Actor = {
  kind: 'system',
  id: 'scheduler',
  tenant: DEFAULT_TENANT,
  sessionId: 'system',
  roles: [],
  trust: 'trusted',
};

/** Who ends what has taken too long. */
export const TIMERS: Actor = { ...SCHEDULER, id: 'timers' };

/** A worker, as proven by the subject it speaks on. */
export const workerActor = (workerId: string): Actor => ({
  ...SCHEDULER,
  kind: 'worker',
  id: workerId,
  trust: 'verified',
});
