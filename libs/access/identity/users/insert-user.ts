import { MeshError } from '#errors';
import type { Sql } from '../identity-sql.service.js';
import type { UserRow } from './user.js';

/** Somebody new. */
export type NewUser = Readonly<{
  name: string;
  roles: readonly string[];
  email?: string | undefined;
  displayName?: string | undefined;
}>;

type Insert = Readonly<{ tenant: string; id: string; user: NewUser; passwordHash: string | null; now: Date }>;

/** @returns nothing if somebody of the tenant has the name */
export async function insertUser(sql: Sql, insert: Insert): Promise<UserRow | undefined> {
  const { tenant, id, user, passwordHash, now } = insert;
  const [row] = await sql.rows<UserRow>(
    `insert into app_user
       (id, tenant, name, email, display_name, roles, password_hash, password_changed_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (tenant, lower(name)) do nothing returning *`,
    id,
    tenant,
    user.name,
    user.email ?? null,
    user.displayName ?? null,
    JSON.stringify(user.roles),
    passwordHash,
    passwordHash === null ? null : now,
    now,
  );
  return row;
}

export const nameTaken = (name: string): MeshError =>
  new MeshError('invalid_request', `name: there is a user ${name} already`, {
    field: 'name',
    hint: 'choose another name',
  });
