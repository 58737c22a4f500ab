import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { AccessChanges } from '../access-changes.service.js';
import { IdentitySql } from '../identity-sql.service.js';

/** A session whose unfinished tasks are to be cancelled. */
export type SessionToCancel = Readonly<{ tenant: string; sessionId: string; reason: string }>;

/** An unused token is kept that long, so that who still has it hears why it is refused. */
const KEPT_MS = 24 * 60 * 60_000;

/** What has to be done about sessions as time goes by, called on a timer. */
@Injectable()
export class SessionEnds {
  constructor(
    private readonly sql: IdentitySql,
    private readonly changes: AccessChanges,
    private readonly clock: Clock,
  ) {}

  /** Ends the sessions whose time is over, and tells everybody. @returns their ids */
  async expireSessions(now: Date = this.clock.now()): Promise<readonly string[]> {
    const rows = await this.sql.rows<{ id: string }>(
      `update session set ended_at = expires_at,
         end_reason = case when expires_at < ends_at then 'idle' else 'expired' end
       where ended_at is null and expires_at <= $1 returning id`,
      now,
    );
    const sessions = rows.map(({ id }) => id);
    if (sessions.length > 0) this.changes.tell({ sessions });
    return sessions;
  }

  /** Sessions that ended, ask for their tasks to be cancelled, and are not ticked off yet. */
  async toCancel(limit = 100): Promise<readonly SessionToCancel[]> {
    const rows = await this.sql.rows<{ tenant: string; id: string; end_reason: string }>(
      `select tenant, id, end_reason from session
       where cancel_on_end and ended_at is not null and tasks_cancelled_at is null order by ended_at limit $1`,
      limit,
    );
    return rows.map(({ tenant, id, end_reason: reason }) => ({ tenant, sessionId: id, reason }));
  }

  /** Ticks a session off: its tasks have been cancelled. */
  async cancelled({ tenant, sessionId }: SessionToCancel): Promise<void> {
    const text = `update session set tasks_cancelled_at = $3 where tenant = $1 and id = $2`;
    await this.sql.rows(text, tenant, sessionId, this.clock.now());
  }

  /** Deletes tokens that have been over for a day, or whose session has. */
  async deleteOldTokens(now: Date = this.clock.now()): Promise<void> {
    const before = new Date(now.getTime() - KEPT_MS);
    await this.sql.rows(`delete from access_token where expires_at < $1`, before);
    await this.sql.rows(
      `delete from refresh_token t using session s where s.id = t.session_id and (t.expires_at < $1 or s.ended_at < $1)`,
      before,
    );
    await this.sql.rows(`delete from one_time_token where expires_at < $1`, before);
    await this.sql.rows(`delete from device_code where expires_at < $1`, before);
  }
}
