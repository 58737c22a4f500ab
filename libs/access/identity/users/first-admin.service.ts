import { Injectable } from '@nestjs/common';
import { Clock, DEFAULT_TENANT, uuidv7 } from '#contract';
import { MeshError } from '#errors';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { issueOneTimeToken, useOneTimeToken } from '../one-time-tokens.js';
import type { OneTimeToken } from '../one-time-tokens.js';
import { Passwords } from '../passwords/passwords.service.js';
import { hashOf } from '../tokens.js';
import { insertUser } from './insert-user.js';
import { userOf } from './user.js';
import type { User } from './user.js';

const ANY_ADMIN = `
  select 1 from app_user where tenant = $1 and disabled_at is null and roles::jsonb ? 'admin' limit 1`;

const SETTING_UP = 7_402_152; // any number, but always the same

/** How a new deployment gets its first admin: nobody is built in. */
@Injectable()
export class FirstAdmin {
  constructor(
    private readonly sql: IdentitySql,
    private readonly passwords: Passwords,
    private readonly clock: Clock,
  ) {}

  /**
   * A token for a day with which the first admin is made, for whoever reads the server's own output. One made before is
   * taken back.
   *
   * @throws {MeshError} `access_denied` once there is an admin
   */
  issueToken(): Promise<OneTimeToken> {
    return this.alone((tx) => issueOneTimeToken(tx, 'setup', null, this.clock.now()));
  }

  /**
   * Makes the first admin, of the default tenant, on the word of whoever may write to the database: `coderclaw init`.
   *
   * @throws {MeshError} `access_denied` once there is an admin; `invalid_request` for the password or a name that is taken
   */
  async create(name: string, password: string): Promise<User> {
    const passwordHash = await this.passwords.hash(password, [name]);
    return this.alone((tx) => this.insert(tx, name, passwordHash));
  }

  /**
   * The same, on the word of a token.
   *
   * @throws {MeshError} `unauthenticated` if the token is unknown, used or over; otherwise as `create`
   */
  async createWith(token: string, name: string, password: string): Promise<User> {
    await this.check(token); // before a password is hashed for whoever asks
    const passwordHash = await this.passwords.hash(password, [name]);
    return this.alone(async (tx) => {
      if (!(await useOneTimeToken(tx, 'setup', token, this.clock.now()))) throw uselessToken();
      return this.insert(tx, name, passwordHash);
    });
  }

  /** Whether anybody could sign in: there are users, or a token with which the first is made. */
  async isPrepared(): Promise<boolean> {
    const text = `select exists (select 1 from app_user)
      or exists (select 1 from one_time_token where kind = 'setup' and expires_at > $1) as prepared`;
    const [row] = await this.sql.rows<{ prepared: boolean }>(text, this.clock.now());
    return row?.prepared === true;
  }

  /** @throws {MeshError} `unauthenticated` unless the token could make the first admin now */
  async check(token: string): Promise<void> {
    const text = `select 1 from one_time_token where hash = $1 and kind = 'setup' and expires_at > $2`;
    if ((await this.sql.rows(text, hashOf(token), this.clock.now())).length === 0) throw uselessToken();
  }

  /** One at a time on all processes, and only while there is no admin: whoever came by a provider does not count. */
  private alone<Result>(work: (tx: Sql) => Promise<Result>): Promise<Result> {
    return this.sql.transaction(async (tx) => {
      await tx.rows(`select pg_advisory_xact_lock($1)`, SETTING_UP);
      if ((await tx.rows(ANY_ADMIN, DEFAULT_TENANT)).length > 0) throw isSetUp();
      return work(tx);
    });
  }

  private async insert(tx: Sql, name: string, passwordHash: string): Promise<User> {
    const user = { name, roles: ['admin'] };
    const now = this.clock.now();
    const row = await insertUser(tx, { tenant: DEFAULT_TENANT, id: uuidv7(), user, passwordHash, now });
    if (!row) throw nameTaken(name);
    return userOf(row);
  }
}

const isSetUp = () =>
  new MeshError('access_denied', 'there is an admin already', {
    hint: 'sign in, or ask an admin for an account',
  });

const nameTaken = (name: string) =>
  new MeshError('invalid_request', `${name} is somebody else already`, {
    field: 'name',
    hint: 'choose another name for the admin',
  });

const uselessToken = () =>
  new MeshError('unauthenticated', 'the token to set this server up is unknown, used or expired', {
    hint: '`coderclaw init --one-time-token` prints a new one while there is no admin',
  });
