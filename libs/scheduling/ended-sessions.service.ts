import { Injectable } from '@nestjs/common';
import { AccessChanges, Gate, SessionEnds } from '#access';
import type { SessionToCancel } from '#access';
import { WithdrawTask } from '#commands';
import { Logger } from '#contract';
import type { Stop } from '#contract';
import { isMeshError, messageOf } from '#errors';
import { EventStore } from '#event-store';
import { Background } from './background.js';
import { SCHEDULER } from './system-actor.js';

const LOOK_EVERY_MS = 2_000;
const PAGE = 100;

/**
 * Ends sessions whose time is over, and cancels the unfinished tasks of those that ask for it. What is to be done is in
 * the tables, so that a crash on the way leaves nothing running: a session is ticked off when none of its tasks is left.
 */
@Injectable()
export class EndedSessions {
  constructor(
    private readonly ends: SessionEnds,
    private readonly changes: AccessChanges,
    private readonly gate: Gate,
    private readonly store: EventStore,
    private readonly logger: Logger,
  ) {}

  /** Looks at once, whenever a session ends, and slowly besides; begun anew with each term of leading. */
  start(): Stop {
    const looks = new Background(
      () => this.look(),
      (error) => this.logger.warn('ended sessions will be looked at again', { error: messageOf(error) }),
    );
    const stopListening = this.changes.listen(({ sessions, users }) => {
      if (sessions || users) looks.request();
    });
    const stopLooking = looks.every(LOOK_EVERY_MS);
    return async () => {
      stopListening();
      await stopLooking();
    };
  }

  private async look(): Promise<void> {
    await this.ends.expireSessions();
    for (const session of await this.ends.toCancel(PAGE)) await this.cancelTasksOf(session);
  }

  private async cancelTasksOf(session: SessionToCancel): Promise<void> {
    const { tenant, sessionId, reason } = session;
    for (;;) {
      const taskIds = await this.store.unfinished(tenant, sessionId, PAGE);
      if (taskIds.length === 0) return this.ends.cancelled(session);
      await Promise.all(
        taskIds.map((taskId) => this.withdraw(taskId, `the session ${sessionId} has ended: ${reason}`)),
      );
    }
  }

  /** A task that ended by itself meanwhile is as good as cancelled. */
  private async withdraw(taskId: string, reason: string): Promise<void> {
    await this.gate.execute(SCHEDULER, new WithdrawTask(taskId, reason)).catch((error: unknown) => {
      if (!isMeshError(error, 'illegal_transition')) throw error;
    });
  }
}
