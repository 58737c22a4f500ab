import { Injectable } from '@nestjs/common';
import { Clock, uuidv7 } from '#contract';
import { MeshError } from '#errors';
import type { Profile } from '../../sign-in/profile.js';
import { AccessChanges } from '../access-changes.service.js';
import { IdentitySql } from '../identity-sql.service.js';
import type { Sql } from '../identity-sql.service.js';
import { nameFrom, nthName } from './free-name.js';
import { insertUser } from './insert-user.js';
import { displayNameSchema, emailSchema, userOf } from './user.js';
import type { User, UserRow } from './user.js';

/** Issuer and subject: what a provider proved. Nothing else says who somebody is, an email least of all. */
type Subject = Readonly<{ issuer: string; subject: string }>;

const MAX_NAMES_TRIED = 1_000;

/** Users who sign in elsewhere. */
@Injectable()
export class IdentityLinks {
  constructor(
    private readonly sql: IdentitySql,
    private readonly changes: AccessChanges,
    private readonly clock: Clock,
  ) {}

  /** The user whom a provider vouched for, if they have been here before. */
  async find({ issuer, subject }: Subject, tenant: string): Promise<User | null> {
    const row = await linked(this.sql, tenant, { issuer, subject });
    return row ? userOf(row) : null;
  }

  /** The user whom a provider vouched for; somebody new becomes one, with the default roles. */
  userOf(
    profile: Profile,
    where: Readonly<{ tenant: string; defaultRoles: readonly string[] }>,
  ): Promise<User> {
    return this.sql.transaction(async (tx) => {
      await lockSubject(tx, where.tenant, profile);
      const known = await linked(tx, where.tenant, profile);
      return userOf(known ?? (await this.newcomer(tx, profile, where.tenant, where.defaultRoles)));
    });
  }

  /** A user that is no person but a rule of the configuration: its roles are what the rule says now. */
  async ruled(
    subject: Subject,
    rule: Readonly<{ name: string; tenant: string; roles: readonly string[] }>,
  ): Promise<User> {
    const { tenant, roles } = rule;
    const user = await this.userOf({ ...subject, name: rule.name }, { tenant, defaultRoles: roles });
    if (JSON.stringify(user.roles) === JSON.stringify(roles)) return user;
    await this.sql.rows(`update app_user set roles = $2 where id = $1`, user.id, JSON.stringify(roles));
    this.changes.tell({ users: [user.id] });
    return { ...user, roles };
  }

  private async newcomer(
    tx: Sql,
    profile: Profile,
    tenant: string,
    roles: readonly string[],
  ): Promise<UserRow> {
    const email = emailSchema.safeParse(profile.email).data; // as the provider says it, or not at all
    const displayName = displayNameSchema.safeParse(profile.displayName).data;
    const now = this.clock.now();
    for (let n = 1; n <= MAX_NAMES_TRIED; n++) {
      const user = { name: nthName(nameFrom(profile), n), roles, email, displayName };
      const row = await insertUser(tx, { tenant, id: uuidv7(), user, passwordHash: null, now });
      if (!row) continue;
      await tx.rows(
        `insert into identity_link (tenant, issuer, subject, user_id, linked_at) values ($1, $2, $3, $4, $5)`,
        tenant,
        profile.issuer,
        profile.subject,
        row.id,
        now,
      );
      return row;
    }
    throw new MeshError('unavailable', `no name is free for somebody called ${nameFrom(profile)}`);
  }
}

/** Two first sign-ins of one person at once make one user. */
const lockSubject = (tx: Sql, tenant: string, { issuer, subject }: Subject) =>
  tx.rows(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, JSON.stringify([tenant, issuer, subject]));

async function linked(tx: Sql, tenant: string, { issuer, subject }: Subject): Promise<UserRow | undefined> {
  const rows = await tx.rows<UserRow>(
    `select u.* from identity_link l join app_user u on u.id = l.user_id
     where l.tenant = $1 and l.issuer = $2 and l.subject = $3`,
    tenant,
    issuer,
    subject,
  );
  return rows[0];
}
