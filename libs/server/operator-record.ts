import { uuidv7 } from '#contract';
import type { AuditEntry, AuditResult, Clock } from '#contract';
import { isMeshError, messageOf } from '#errors';
import type { EventStore } from '#event-store';
import { nameOfUser } from './local-actor.js';

/** What whoever may write to the database does there by a command, with no server to ask. */
export type OperatorsDeed = Pick<AuditEntry, 'tenant' | 'action' | 'resourceType' | 'resourceId' | 'reason'> &
  Readonly<{
    /** e.g. `coderclaw init` */
    command: string;
  }>;

/** Does it once it is on record. What was allowed and could not be done is told as well. */
export async function recorded<Result>(
  { store, clock }: Readonly<{ store: EventStore; clock: Clock }>,
  deed: OperatorsDeed,
  work: () => Promise<Result>,
): Promise<Result> {
  await store.record(entry(deed, clock.now(), 'allowed'));
  try {
    return await work();
  } catch (error) {
    if (isMeshError(error))
      await store.record(entry({ ...deed, reason: messageOf(error) }, clock.now(), 'refused'));
    throw error;
  }
}

const entry = ({ command, ...deed }: OperatorsDeed, now: Date, result: AuditResult): AuditEntry => ({
  id: uuidv7(now.getTime()),
  at: now.toISOString(),
  actorKind: 'system',
  userId: nameOfUser(),
  sessionId: '',
  trust: 'trusted',
  roles: [],
  ...deed,
  result,
  rule: command,
});
