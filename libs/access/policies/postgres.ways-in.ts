import type { Clock } from '#contract';
import { DEFAULT_TENANT } from '#contract';
import type { IdentityProvider } from '#policy';
import type { IdentitySql } from '../identity/identity-sql.service.js';
import { WaysIn } from './ways-in.js';

/** Providers as the settings have them, passwords as the tables do. */
export class PostgresWaysIn extends WaysIn {
  constructor(
    readonly setUp: readonly IdentityProvider[] | undefined,
    private readonly sql: IdentitySql,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async hasPassword(tenant: string): Promise<boolean> {
    const [row] = await this.sql.rows<{ found: boolean }>(
      HAS_PASSWORD,
      tenant,
      this.clock.now(),
      DEFAULT_TENANT,
    );
    return row?.found === true;
  }
}

/** The token of the first admin is nobody's, and of the default tenant. */
const HAS_PASSWORD = `
select exists (select 1 from app_user u where u.tenant = $1 and u.disabled_at is null and (u.password_hash is not null
    or exists (select 1 from one_time_token t where t.kind = 'reset' and t.user_id = u.id and t.expires_at > $2)))
  or ($1 = $3::text and not exists (select 1 from app_user)
    and exists (select 1 from one_time_token where kind = 'setup' and expires_at > $2)) as found`;
