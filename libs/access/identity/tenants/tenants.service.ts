import { Injectable } from '@nestjs/common';
import { Clock, uuidv7 } from '#contract';
import { MeshError } from '#errors';
import { IdentitySql } from '../identity-sql.service.js';
import { issueOneTimeToken } from '../one-time-tokens.js';
import type { OneTimeToken } from '../one-time-tokens.js';
import { insertUser, nameTaken } from '../users/insert-user.js';
import { userOf } from '../users/user.js';
import type { User } from '../users/user.js';

/** A company, a team: what shares nothing with others. */
export type Tenant = Readonly<{ id: string; name: string; createdAt: string }>;

/** A tenant to be, and who manages it. */
export type NewTenant = Readonly<{
  id: string;
  name: string;
  admin: Readonly<{ name: string; email?: string | undefined }>;
}>;

/** A new tenant; its admin chooses a password with the token, told once. */
export type MadeTenant = Readonly<{ tenant: Tenant; admin: User; reset: OneTimeToken }>;

type Row = Readonly<{ id: string; name: string; created_at: Date }>;

/** The tenants of this deployment. */
@Injectable()
export class Tenants {
  constructor(
    private readonly sql: IdentitySql,
    private readonly clock: Clock,
  ) {}

  /** Makes a tenant with its first admin: both or none. @throws {MeshError} `invalid_request` if the id is taken */
  create({ id, name, admin }: NewTenant): Promise<MadeTenant> {
    return this.sql.transaction(async (tx) => {
      const now = this.clock.now();
      const text = `insert into tenant (id, name, created_at) values ($1, $2, $3) on conflict do nothing returning *`;
      const [row] = await tx.rows<Row>(text, id, name, now);
      if (!row)
        throw new MeshError('invalid_request', `id: there is a tenant ${id} already`, { field: 'id' });
      const user = { ...admin, roles: ['admin'] };
      const made = await insertUser(tx, { tenant: id, id: uuidv7(), user, passwordHash: null, now });
      if (!made) throw nameTaken(admin.name);
      const reset = await issueOneTimeToken(tx, 'reset', made.id, now);
      return { tenant: tenantOf(row), admin: userOf(made), reset };
    });
  }

  async list(): Promise<readonly Tenant[]> {
    const rows = await this.sql.rows<Row>(`select * from tenant order by id limit 10000`);
    return rows.map(tenantOf);
  }

  async exists(id: string): Promise<boolean> {
    return (await this.sql.rows(`select 1 from tenant where id = $1`, id)).length > 0;
  }
}

const tenantOf = ({ id, name, created_at: created }: Row): Tenant => ({
  id,
  name,
  createdAt: created.toISOString(),
});
