import { Injectable } from '@nestjs/common';
import { Clock, uuidv7 } from '#contract';
import { MeshError } from '#errors';
import { Policies } from '../../policies/policies.js';
import { IdentitySql } from '../identity-sql.service.js';
import { TOKEN_ISSUER } from '../sessions/session.js';
import { Sessions } from '../sessions/sessions.service.js';
import { hashOf, newToken } from '../tokens.js';
import { rolesOf } from '../users/user.js';
import type { User } from '../users/user.js';
import { lifetimeOf, refuseAdminScope, tokenRoles } from './machine-token.js';
import type { MachineToken, NewMachineToken } from './machine-token.js';

/** A new token, told once. */
export type IssuedToken = MachineToken & Readonly<{ token: string }>;

const MAX_TOKENS = 100;

/** Tokens for machines: scoped, expiring, never admin. Each has a session of its own, whose end is its own. */
@Injectable()
export class MachineTokens {
  constructor(
    private readonly sql: IdentitySql,
    private readonly sessions: Sessions,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a token.
   *
   * @param owned the roles it may have at most: the owner's, as far as the session that asks has them
   * @throws {MeshError} `access_denied` for roles; `invalid_request` for scope or expiry, or past a hundred
   */
  async create(owner: User, owned: readonly string[], asked: NewMachineToken): Promise<IssuedToken> {
    const { roles: known } = await this.policies.of(owner.tenant);
    const roles = tokenRoles(asked.roles, owned, known);
    refuseAdminScope(asked.scope);
    const ttlMs = lifetimeOf(asked.expiresAt, this.clock.now());
    const [id, token] = [uuidv7(), newToken('machine')];
    const scope = asked.scope === undefined ? null : JSON.stringify(asked.scope);
    await this.sql.transaction(async (tx) => {
      await this.sessions.beginIn(tx, { user: owner, issuer: TOKEN_ISSUER, roles, ttlMs, id });
      const stored = await tx.rows(
        `insert into machine_token (id, hash, tenant, user_id, name, scope, jkt)
         select $1, $2, $3, $4, $5, $6, $7 where (${LIVE_OF_USER}) <= $8 returning id`,
        id,
        hashOf(token),
        owner.tenant,
        owner.id,
        asked.name,
        scope,
        asked.jkt ?? null,
        MAX_TOKENS,
      );
      if (stored.length === 0)
        throw new MeshError('invalid_request', `there are ${MAX_TOKENS} tokens already: revoke one first`);
    });
    return { ...(await this.get(owner.tenant, id)), token };
  }

  /** @throws {MeshError} `not_found` */
  async get(tenant: string, id: string): Promise<MachineToken> {
    const [found] = await this.select(tenant, { id });
    if (!found) throw new MeshError('not_found', `there is no token ${id}`);
    return found;
  }

  /** Of one user, or of all of the tenant, as long as they are good for something, oldest first. */
  list(tenant: string, userId?: string): Promise<readonly MachineToken[]> {
    return this.select(tenant, { userId });
  }

  /** @throws {MeshError} `not_found` if there is none, or it was revoked before */
  async revoke(tenant: string, id: string): Promise<void> {
    await this.get(tenant, id);
    await this.sessions.end({ tenant, id }, 'revoked');
  }

  private async select(
    tenant: string,
    { id, userId }: Readonly<{ id?: string | undefined; userId?: string | undefined }>,
  ): Promise<readonly MachineToken[]> {
    const rows = await this.sql.rows<Row>(
      `select t.*, s.roles, s.created_at, s.expires_at from machine_token t join session s on s.id = t.id::text
       where t.tenant = $1 and ($2::text is null or t.id::text = $2) and ($3::uuid is null or t.user_id = $3)
         and s.ended_at is null and s.expires_at > $4
       order by s.created_at, t.id limit 1000`,
      tenant,
      id ?? null,
      userId ?? null,
      this.clock.now(),
    );
    return rows.map(tokenOf);
  }
}

const LIVE_OF_USER = `select count(*) from session
  where tenant = $3 and user_id = $4 and issuer = '${TOKEN_ISSUER}' and ended_at is null`;

type Row = Readonly<{
  id: string;
  tenant: string;
  user_id: string;
  name: string;
  roles: string;
  scope: string | null;
  jkt: string | null;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
}>;

const tokenOf = (row: Row): MachineToken => ({
  id: row.id,
  tenant: row.tenant,
  userId: row.user_id,
  name: row.name,
  roles: rolesOf(row.roles),
  ...(row.scope === null ? {} : { scope: JSON.parse(row.scope) as readonly string[] }),
  ...(row.jkt === null ? {} : { jkt: row.jkt }),
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
});
