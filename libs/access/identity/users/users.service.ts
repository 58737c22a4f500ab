import { Injectable } from '@nestjs/common';
import { Clock, isUuid, uuidv7 } from '#contract';
import { MeshError } from '#errors';
import { AccessChanges } from '../access-changes.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { pageOf, placeAfter } from '../page.js';
import type { Page } from '../page.js';
import { Passwords } from '../passwords/passwords.service.js';
import { endSessions } from '../sessions/end-sessions.js';
import { insertUser, nameTaken } from './insert-user.js';
import type { NewUser } from './insert-user.js';
import { keepAnAdmin, oneRoleAtATime } from './keep-an-admin.js';
import { rolesOf, userOf } from './user.js';
import type { User, UserRow } from './user.js';

/** What of a user may change; `null` takes an email or display name away. */
export type UserChange = Readonly<{
  name?: string | undefined;
  email?: string | null | undefined;
  displayName?: string | null | undefined;
  roles?: readonly string[] | undefined;
  disabled?: boolean | undefined;
}>;

/** A user with what a sign-in compares. */
export type Credentials = Readonly<{ user: User; passwordHash: string | null }>;

/** The people of each tenant. */
@Injectable()
export class Users {
  constructor(
    private readonly sql: IdentitySql,
    private readonly passwords: Passwords,
    private readonly changes: AccessChanges,
    private readonly clock: Clock,
  ) {}

  /** @throws {MeshError} `invalid_request` if the name is taken or the password is not good enough */
  async create(tenant: string, asked: NewUser & Readonly<{ password?: string | undefined }>): Promise<User> {
    const { password, ...user } = asked;
    const names = [user.name, user.email, user.displayName];
    const passwordHash = password === undefined ? null : await this.passwords.hash(password, names);
    const row = await insertUser(this.sql, {
      tenant,
      user,
      passwordHash,
      id: uuidv7(),
      now: this.clock.now(),
    });
    if (!row) throw nameTaken(user.name);
    return userOf(row);
  }

  /** @throws {MeshError} `not_found` if there is none, or not in this tenant */
  async get(tenant: string, id: string): Promise<User> {
    const user = await this.find(tenant, id);
    if (!user) throw noUser(id);
    return user;
  }

  async find(tenant: string, id: string): Promise<User | null> {
    const row = isUuid(id) ? await rowById(this.sql, tenant, id) : undefined;
    return row ? userOf(row) : null;
  }

  /** By name, upper and lower case alike, with what the password is compared with. */
  async credentials(tenant: string, name: string): Promise<Credentials | null> {
    const text = `select * from app_user where tenant = $1 and lower(name) = lower($2)`;
    const [row] = await this.sql.rows<UserRow>(text, tenant, name);
    return row ? { user: userOf(row), passwordHash: row.password_hash } : null;
  }

  /** Those who came first first. */
  async list(tenant: string, limit: number, cursor?: string): Promise<Page<User>> {
    const { at, id } = placeAfter(cursor);
    const rows = await this.sql.rows<UserRow>(
      `select * from app_user where tenant = $1 and (created_at, id::text) > ($2, $3)
       order by created_at, id::text limit $4`,
      tenant,
      at,
      id,
      limit + 1,
    );
    return pageOf(rows.map(userOf), limit, (user) => ({ at: user.createdAt, id: user.id }));
  }

  /** All people of all tenants. */
  async count(): Promise<number> {
    const [row] = await this.sql.rows<{ count: string }>(`select count(*) from app_user`);
    return Number(row?.count ?? 0);
  }

  /**
   * Changes what is given. Disabling ends all sessions of the user, with their tasks; taken roles are gone at once.
   *
   * @throws {MeshError} `not_found`; `invalid_request` if the name is taken, or the tenant would be left without an admin
   */
  async change(tenant: string, id: string, change: UserChange): Promise<User> {
    const { user, ended } = await this.sql.transaction((tx) => this.changeIn(tx, tenant, id, change));
    this.changes.tell({ users: [id], sessions: ended });
    return user;
  }

  private async changeIn(tx: Sql, tenant: string, id: string, change: UserChange) {
    if (change.roles ?? change.disabled) await oneRoleAtATime(tx, tenant);
    const before = isUuid(id) ? await rowById(tx, tenant, id, 'for update') : undefined;
    if (!before) throw noUser(id);
    if (change.name !== undefined) await refuseTakenName(tx, before, change.name);
    const now = this.clock.now();
    const after = changed(before, change, now);
    await keepAnAdmin(tx, before, { roles: rolesOf(after.roles), disabled: after.disabled_at !== null });
    await tx.rows(
      `update app_user set name = $3, email = $4, display_name = $5, roles = $6, disabled_at = $7
       where tenant = $1 and id = $2`,
      tenant,
      id,
      after.name,
      after.email,
      after.display_name,
      after.roles,
      after.disabled_at,
    );
    const how = { reason: 'user disabled', now, cancelTasks: true } as const;
    const ended = change.disabled === true ? await endSessions(tx, { tenant, userId: id }, how) : [];
    return { user: userOf(after), ended };
  }
}

const rowById = async (sql: Sql, tenant: string, id: string, lock = ''): Promise<UserRow | undefined> => {
  const rows = await sql.rows<UserRow>(
    `select * from app_user where tenant = $1 and id = $2 ${lock}`,
    tenant,
    id,
  );
  return rows[0];
};

const noUser = (id: string) => new MeshError('not_found', `there is no user ${id}`);

async function refuseTakenName(tx: Sql, { tenant, id }: UserRow, name: string): Promise<void> {
  const text = `select 1 from app_user where tenant = $1 and lower(name) = lower($2) and id <> $3`;
  if ((await tx.rows(text, tenant, name, id)).length > 0) throw nameTaken(name);
}

function changed(row: UserRow, change: UserChange, now: Date): UserRow {
  const { name = row.name, email = row.email, displayName = row.display_name, roles, disabled } = change;
  const disabledAt = disabled === undefined ? row.disabled_at : disabled ? (row.disabled_at ?? now) : null;
  return {
    ...row,
    name,
    email,
    display_name: displayName,
    roles: roles === undefined ? row.roles : JSON.stringify(roles),
    disabled_at: disabledAt,
  };
}
