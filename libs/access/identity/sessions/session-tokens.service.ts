import { Injectable } from '@nestjs/common';
import { Clock, uuidv7 } from '#contract';
import { MeshError } from '#errors';
import { AccessChanges } from '../access-changes.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { hashOf, newToken } from '../tokens.js';
import { endSessions } from './end-sessions.js';
import { sessionOf } from './session.js';
import type { Session, SessionRow } from './session.js';
import { SessionLimits } from './session-limits.js';

/** What a sign-in or a refresh answers (RFC 6749 §5.1, RFC 9449 §5). */
export type SignedIn = Readonly<{
  accessToken: string;
  /** `DPoP` for tokens bound to a key. */
  tokenType: 'Bearer' | 'DPoP';
  /** Seconds. */
  expiresIn: number;
  /** Absent where the session is not to be prolonged: a CI job's. */
  refreshToken?: string;
  sessionId: string;
  userId: string;
}>;

type RefreshRow = SessionRow &
  Readonly<{
    family: string;
    jkt: string | null;
    token_expires_at: Date;
    used_at: Date | null;
    disabled_at: Date | null;
  }>;

type Binding = Readonly<{ family: string; jkt: string | null; refreshable: boolean }>;

/**
 * Tokens of a session. A refresh token is good for one use, which answers the next one; all that follow from one sign-in
 * are a family. A second use means that two have it, and nobody can tell who is the thief: the session ends.
 */
@Injectable()
export class SessionTokens {
  constructor(
    private readonly sql: IdentitySql,
    private readonly changes: AccessChanges,
    private readonly limits: SessionLimits,
    private readonly clock: Clock,
  ) {}

  /** Tokens for a session that has just been begun or resumed, bound to a key if there is one. */
  issueIn(tx: Sql, session: Session, jkt?: string, refreshable = true): Promise<SignedIn> {
    return this.issue(tx, session, { family: uuidv7(), jkt: jkt ?? null, refreshable });
  }

  /**
   * New tokens for a refresh token, and what its session is.
   *
   * @param jkt the thumbprint of the key that a proof showed; tokens that were bound to none are bound to it from now on
   * @throws {MeshError} `unauthenticated` with the reason; for a second use only after the session has ended
   */
  async refresh(token: string, jkt?: string): Promise<Readonly<{ tokens: SignedIn; session: Session }>> {
    const hash = hashOf(token);
    const outcome = await this.sql.transaction((tx) => this.rotate(tx, hash, jkt));
    if (!('reused' in outcome)) return outcome;
    this.changes.tell({ sessions: [outcome.reused.id] });
    throw refused('the refresh token was used before: its session has been ended');
  }

  /** The session that a refresh token belongs to; for the record of what was asked for it. */
  async sessionOf(token: string): Promise<Session | null> {
    const text = `select s.* from refresh_token t join session s on s.id = t.session_id where t.hash = $1`;
    const [row] = await this.sql.rows<SessionRow>(text, hashOf(token));
    return row ? sessionOf(row) : null;
  }

  /** Ends a used token's family by ending its session, and says so instead of throwing: a throw would undo it. */
  private async rotate(tx: Sql, hash: string, jkt: string | undefined) {
    const row = await lockToken(tx, hash);
    const now = this.clock.now();
    if (row.used_at) {
      await endSessions(tx, { tenant: row.tenant, id: row.id }, { reason: 'token reuse', now });
      return { reused: sessionOf(row) };
    }
    refuseUseless(row, jkt, now);
    await tx.rows(`update refresh_token set used_at = $2 where hash = $1`, hash, now);
    const idle = new Date(now.getTime() + this.limits.idleMs);
    const [used] = await tx.rows<SessionRow>(
      `update session set last_used_at = $2, expires_at = least(ends_at, $3) where id = $1 returning *`,
      row.id,
      now,
      idle,
    );
    const session = sessionOf(used ?? row);
    const binding = { family: row.family, jkt: jkt ?? null, refreshable: true };
    return { tokens: await this.issue(tx, session, binding), session };
  }

  private async issue(tx: Sql, session: Session, { family, jkt, refreshable }: Binding): Promise<SignedIn> {
    const now = this.clock.now().getTime();
    const accessToken = newToken('access');
    const expiresAt = new Date(Math.min(now + this.limits.accessTokenMs, Date.parse(session.endsAt)));
    await tx.rows(
      `insert into access_token (hash, session_id, jkt, expires_at) values ($1, $2, $3, $4)`,
      hashOf(accessToken),
      session.id,
      jkt,
      expiresAt,
    );
    const refreshToken = refreshable ? newToken('refresh') : undefined;
    if (refreshToken !== undefined) {
      await tx.rows(
        `insert into refresh_token (hash, session_id, family, jkt, expires_at) values ($1, $2, $3, $4, $5)`,
        hashOf(refreshToken),
        session.id,
        family,
        jkt,
        session.endsAt,
      );
    }
    return {
      accessToken,
      tokenType: jkt === null ? 'Bearer' : 'DPoP',
      expiresIn: Math.floor((expiresAt.getTime() - now) / 1000),
      ...(refreshToken === undefined ? {} : { refreshToken }),
      sessionId: session.id,
      userId: session.userId,
    };
  }
}

/** Of two who use a token at once, one waits here until the other has used it. */
async function lockToken(tx: Sql, hash: string): Promise<RefreshRow> {
  const [row] = await tx.rows<RefreshRow>(
    `select s.*, t.family, t.jkt, t.expires_at as token_expires_at, t.used_at, u.disabled_at
     from refresh_token t join session s on s.id = t.session_id join app_user u on u.id = s.user_id
     where t.hash = $1 for update of t`,
    hash,
  );
  if (!row) throw refused('the refresh token is unknown');
  return row;
}

function refuseUseless(row: RefreshRow, jkt: string | undefined, now: Date): void {
  if (row.ended_at) throw refused(`the session has ended (${row.end_reason ?? 'ended'})`);
  if (row.expires_at <= now || row.token_expires_at <= now) throw refused('the session has expired');
  if (row.disabled_at) throw refused('the account is disabled');
  if (row.jkt !== null && row.jkt !== jkt)
    throw refused('the refresh token is bound to a key, and no proof by that key came with it');
}

const refused = (why: string) => new MeshError('unauthenticated', why, { hint: 'sign in again' });
