import { randomUUID } from 'node:crypto';
import type { Stop } from '#contract';
import { Campaign } from './campaign.js';
import { Leadership } from './leadership.js';
import type { SqlPool } from './sql-pool.js';

export type LeadershipOptions = Readonly<{
  /** How long a term lasts unless renewed, by the database's clock. @default 2,000 */
  ttlMs?: number;
  /** @default 500 */
  renewMs?: number;
  /** How often a candidate asks. @default 1,000 */
  pollMs?: number;
}>;

/** Takes the term if it is free, over, or ours already. */
const CLAIM = `
insert into term (name, holder, number, until)
values ($1, $2::uuid, 1, clock_timestamp() + $3::int * interval '1 millisecond')
on conflict (name) do update
  set holder = excluded.holder, number = term.number + (term.holder <> excluded.holder)::int,
    until = clock_timestamp() + $3::int * interval '1 millisecond'
  where term.holder = excluded.holder or term.until < clock_timestamp()
returning 1 as one`;

const RESIGN = `update term set until = '-infinity' where name = $1 and holder = $2::uuid`;

/** A term is a row, not a session's lock: a half-open connection could hold that for hours. */
export class PostgresLeadership extends Leadership {
  constructor(
    private readonly pool: SqlPool,
    private readonly options: LeadershipOptions = {},
  ) {
    super();
  }

  override async campaign(name: string, lead: () => Promise<Stop>): Promise<Stop> {
    const { ttlMs = 2_000, renewMs = 500, pollMs = 1_000 } = this.options;
    const holder = randomUUID();
    const claim = async (): Promise<boolean> => {
      const { rows } = await this.pool.query({
        name: 'claim-term',
        text: CLAIM,
        values: [name, holder, ttlMs],
      });
      return rows.length > 0;
    };
    const resign = async (): Promise<void> => {
      await this.pool.query(RESIGN, [name, holder]);
    };
    const campaign = new Campaign({ ttlMs, renewMs, pollMs }, { claim, resign, lead });
    return campaign.begin();
  }
}
