import { Injectable } from '@nestjs/common';
import { Clock, isUuid } from '#contract';
import { MeshError } from '#errors';
import { AccessChanges } from '../access-changes.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { issueOneTimeToken, useOneTimeToken } from '../one-time-tokens.js';
import type { OneTimeToken } from '../one-time-tokens.js';
import { Passwords } from '../passwords/passwords.service.js';
import { hashOf } from '../tokens.js';
import { endSessions } from '../sessions/end-sessions.js';
import { userOf } from './user.js';
import type { User, UserRow } from './user.js';

/** Passwords of users: set, replaced, and reset by an admin's one-time token. */
@Injectable()
export class UserPasswords {
  constructor(
    private readonly sql: IdentitySql,
    private readonly passwords: Passwords,
    private readonly changes: AccessChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets a password and ends all sessions of the user, machine tokens too, but for the one that is kept.
   *
   * @throws {MeshError} `invalid_request` if the password is not good enough
   */
  async set(user: User, password: string, keepSession?: string): Promise<void> {
    const hash = await this.passwords.hash(password, [user.name, user.email, user.displayName]);
    const ended = await this.sql.transaction((tx) => this.store(tx, user, hash, keepSession));
    this.changes.tell({ sessions: ended });
  }

  /** Stores the same password at today's cost; no session ends. Lost if the password was changed meanwhile. */
  async rehash(user: User, password: string, old: string): Promise<void> {
    const hash = await this.passwords.rehash(password);
    const text = `update app_user set password_hash = $3 where id = $1 and password_hash = $2`;
    await this.sql.rows(text, user.id, old, hash);
  }

  /** A token for half an hour with which the user chooses a new password. @throws {MeshError} `not_found` */
  startReset(tenant: string, userId: string): Promise<OneTimeToken> {
    return this.sql.transaction(async (tx) => {
      const text = `select id from app_user where tenant = $1 and id = $2 and disabled_at is null for update`;
      const [user] = isUuid(userId) ? await tx.rows(text, tenant, userId) : [];
      if (!user) throw new MeshError('not_found', `there is no user ${userId} who could sign in`);
      return issueOneTimeToken(tx, 'reset', userId, this.clock.now());
    });
  }

  /**
   * Sets the password of whoever the token was made for, and ends all their sessions. A password that is refused leaves
   * the token as it was.
   *
   * @throws {MeshError} `unauthenticated` if the token is unknown, used or over; `invalid_request` for the password
   */
  async reset(token: string, password: string): Promise<User> {
    const user = await this.userOfReset(token);
    const hash = await this.passwords.hash(password, [user.name, user.email, user.displayName]);
    const ended = await this.sql.transaction(async (tx) => {
      if (!(await useOneTimeToken(tx, 'reset', token, this.clock.now()))) throw uselessToken();
      return this.store(tx, user, hash);
    });
    this.changes.tell({ sessions: ended });
    return user;
  }

  /** Whom a token to reset a password is for. @throws {MeshError} `unauthenticated` */
  async userOfReset(token: string): Promise<User> {
    const [row] = await this.sql.rows<UserRow>(
      `select u.* from one_time_token t join app_user u on u.id = t.user_id
       where t.hash = $1 and t.kind = 'reset' and t.expires_at > $2 and u.disabled_at is null`,
      hashOf(token),
      this.clock.now(),
    );
    if (!row) throw uselessToken();
    return userOf(row);
  }

  private async store(
    tx: Sql,
    { tenant, id }: User,
    hash: string,
    keep?: string,
  ): Promise<readonly string[]> {
    const now = this.clock.now();
    await tx.rows(
      `update app_user set password_hash = $2, password_changed_at = $3 where id = $1`,
      id,
      hash,
      now,
    );
    await tx.rows(`delete from one_time_token where kind = 'reset' and user_id = $1`, id);
    return endSessions(tx, { tenant, userId: id, except: keep }, { reason: 'password changed', now });
  }
}

const uselessToken = () =>
  new MeshError('unauthenticated', 'the token to set a password is unknown, used or expired', {
    hint: 'ask an admin for a new one',
  });
