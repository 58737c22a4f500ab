import { Injectable } from '@nestjs/common';
import { Clock, uuidv7 } from '#contract';
import { MeshError } from '#errors';
import { AccessChanges } from '../access-changes.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { pageOf, placeAfter } from '../page.js';
import type { Page } from '../page.js';
import type { User } from '../users/user.js';
import { insertSession, refuseOtherRoles, rolesAsked } from './begin-session.js';
import type { NewSession } from './begin-session.js';
import { endSessions } from './end-sessions.js';
import type { EndReason, SessionsToEnd } from './end-sessions.js';
import { sessionOf } from './session.js';
import type { Session, SessionRow } from './session.js';
import { SessionLimits } from './session-limits.js';

/** What a session begins with. */
export type BeginSession = Readonly<{
  user: User;
  issuer: string;
  deviceId?: string | undefined;
  /** Some of the user's roles. A session that is resumed has its own already: naming others is refused. @default all of them */
  roles?: readonly string[] | undefined;
  cancelOnEnd?: boolean | undefined;
  /** Ends then, used or not. @default the limits of every session */
  ttlMs?: number | undefined;
  /** Go on with this one of the user's sessions rather than begin a new one. */
  resume?: string | undefined;
  /** @default a new one */
  id?: string | undefined;
}>;

/** Work contexts of users: begun by a sign-in, kept alive by its refreshes, ended by the user, an admin or time. */
@Injectable()
export class Sessions {
  constructor(
    private readonly sql: IdentitySql,
    private readonly changes: AccessChanges,
    private readonly limits: SessionLimits,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes or resumes a session.
   *
   * @throws {MeshError} `access_denied` for roles that are not the user's; `rate_limited` past the tenant's limit;
   *   `not_found` if there is no such session to resume, `invalid_request` if it has other roles than are asked for;
   *   `unauthenticated` if the user is disabled
   */
  begin(asked: BeginSession): Promise<Session> {
    return this.sql.transaction((tx) => this.beginIn(tx, asked));
  }

  /** The same, in the caller's transaction. */
  async beginIn(tx: Sql, asked: BeginSession): Promise<Session> {
    const now = this.clock.now();
    const row =
      asked.resume === undefined
        ? await insertSession(tx, this.rowOf(asked, now))
        : await this.resume(tx, asked, now);
    return sessionOf(row);
  }

  /** @returns nothing if there is none, or not in this tenant */
  async find(tenant: string, id: string): Promise<Session | null> {
    const text = `select * from session where tenant = $1 and id = $2`;
    const [row] = await this.sql.rows<SessionRow>(text, tenant, id);
    return row ? sessionOf(row) : null;
  }

  /** Sessions of one user, or of all of the tenant, that have not ended, oldest first. */
  async list(
    tenant: string,
    which: Readonly<{ userId?: string | undefined; limit: number; cursor?: string | undefined }>,
  ): Promise<Page<Session>> {
    const { at, id } = placeAfter(which.cursor);
    const rows = await this.sql.rows<SessionRow>(
      `select * from session where tenant = $1 and ($2::uuid is null or user_id = $2) and ended_at is null
         and expires_at > $3 and (created_at, id) > ($4, $5)
       order by created_at, id limit $6`,
      tenant,
      which.userId ?? null,
      this.clock.now(),
      at,
      id,
      which.limit + 1,
    );
    return pageOf(rows.map(sessionOf), which.limit, ({ createdAt, id: last }) => ({
      at: createdAt,
      id: last,
    }));
  }

  /** Ends what has not ended yet, and tells everybody. @returns the ids of those that ended now */
  async end(which: SessionsToEnd, reason: EndReason = 'ended'): Promise<readonly string[]> {
    const ended = await endSessions(this.sql, which, { reason, now: this.clock.now() });
    if (ended.length > 0) this.changes.tell({ sessions: ended });
    return ended;
  }

  private async resume(
    tx: Sql,
    { user, resume, deviceId, roles }: BeginSession,
    now: Date,
  ): Promise<SessionRow> {
    rolesAsked(user, roles);
    const [row] = await tx.rows<SessionRow>(
      `update session s set last_used_at = $4, expires_at = least(s.ends_at, $5),
         device_id = coalesce(s.device_id, $6::uuid)
       from app_user u
       where s.tenant = $1 and s.user_id = $2 and s.id = $3 and s.ended_at is null and s.expires_at > $4
         and s.issuer <> 'token' and (s.device_id is null or s.device_id = $6::uuid)
         and u.id = s.user_id and u.disabled_at is null
       returning s.*`,
      user.tenant,
      user.id,
      resume,
      now,
      new Date(now.getTime() + this.limits.idleMs),
      deviceId ?? null,
    );
    if (row) {
      refuseOtherRoles(row, roles);
      return row;
    }
    throw new MeshError(
      'not_found',
      `there is no session ${resume ?? ''} of yours on this device to resume`,
      {
        field: 'resume',
        hint: 'leave it out to begin a new session',
      },
    );
  }

  private rowOf({ user, issuer, ...asked }: BeginSession, now: Date): NewSession {
    const { idleMs, absoluteMs } = this.limits;
    const from = (ms: number) => new Date(now.getTime() + ms);
    const limited = asked.ttlMs === undefined;
    return {
      id: asked.id ?? uuidv7(now.getTime()),
      tenant: user.tenant,
      user_id: user.id,
      device_id: asked.deviceId ?? null,
      issuer,
      roles: JSON.stringify(rolesAsked(user, asked.roles)),
      cancel_on_end: asked.cancelOnEnd ?? false,
      created_at: now,
      last_used_at: now,
      expires_at: from(limited ? Math.min(idleMs, absoluteMs) : (asked.ttlMs ?? 0)),
      ends_at: from(limited ? absoluteMs : (asked.ttlMs ?? 0)),
    };
  }
}
