import { createHash } from 'node:crypto';
import type { Clock } from '#contract';
import { MeshError } from '#errors';
import type { SqlPool } from '#event-store';
import { PROOF_KIND } from './dpop/accept-proof.js';
import { UsedOnce } from './used-once.js';

/**
 * Sorted, so that two processes with the same keys wait for each other instead of in a circle. The setting is this
 * transaction's alone.
 */
const TAKE = `
insert into used_once (kind, key, expires_at)
select kind, key, to_timestamp(until / 1000)
from unnest($1::text[], $2::text[], $3::float8[]) as asked (kind, key, until),
  set_config('synchronous_commit',
    case when $5::boolean then 'off' else current_setting('synchronous_commit') end, true)
order by kind, key
on conflict (kind, key) do update set expires_at = excluded.expires_at
  where used_once.expires_at <= to_timestamp($4::float8 / 1000)
returning kind, key`;

const SWEEP = `delete from used_once where expires_at <= to_timestamp($1::float8 / 1000)`;

const SWEEP_EVERY_MS = 60_000;
/** A row is kept so much longer than needed: the clock of a process that asks for it may be behind. */
const KEPT_MS = 5 * 60_000;
const MAX_BATCH = 500;

/**
 * Kinds that do not wait for the disk: a database that crashes may forget the last half second of them. Of proofs, which
 * come with each request and are worth nothing after a minute, nor ever without their token, that is little; waiting
 * would make each signed request four times as slow.
 */
const HURRIED: ReadonlySet<string> = new Set([PROOF_KIND]);

type Asked = {
  readonly kind: string;
  readonly key: string;
  readonly until: number;
  /** The first who asked, then those who asked for the same in the same moment. */
  readonly waiting: Waiting[];
};

type Waiting = Readonly<{
  resolve: (first: boolean) => void;
  reject: (reason: unknown) => void;
}>;

/**
 * For all processes on one database, and across restarts: the row is the memory. Those who ask while a statement is
 * under way share the next one, so that many requests cost one round trip; one alone does not wait.
 */
export class PostgresUsedOnce extends UsedOnce {
  private queue = new Map<string, Asked>();
  private underWay = false;
  private sweptAt: number;

  constructor(
    private readonly pool: SqlPool,
    private readonly clock: Clock,
  ) {
    super();
    this.sweptAt = clock.now().getTime();
  }

  override first(kind: string, key: string, expiresAt: Date): Promise<boolean> {
    // A digest: others choose the keys, and would choose long ones, or such as the database cannot hold.
    const digest = createHash('sha256').update(key).digest('base64url');
    return new Promise((resolve, reject) => {
      const name = nameOf({ kind, key: digest });
      const asked = this.queue.get(name);
      if (asked) asked.waiting.push({ resolve, reject });
      else
        this.queue.set(name, {
          kind,
          key: digest,
          until: expiresAt.getTime(),
          waiting: [{ resolve, reject }],
        });
      void this.work();
    });
  }

  /** Forgets what is over. Happens by itself once a minute while keys come. @returns how many */
  async sweep(): Promise<number> {
    const now = this.clock.now().getTime();
    this.sweptAt = now;
    return (await this.pool.query(SWEEP, [now - KEPT_MS])).rowCount ?? 0;
  }

  private async work(): Promise<void> {
    if (this.underWay) return;
    this.underWay = true;
    while (this.queue.size > 0) await this.take(this.nextBatch());
    this.underWay = false;
    if (this.clock.now().getTime() - this.sweptAt >= SWEEP_EVERY_MS)
      await this.sweep().catch(() => undefined); // nobody waits for it, and the next minute tries again
  }

  private nextBatch(): readonly Asked[] {
    const batch = [...this.queue.values()].slice(0, MAX_BATCH);
    for (const asked of batch) this.queue.delete(nameOf(asked));
    return batch;
  }

  private async take(batch: readonly Asked[]): Promise<void> {
    try {
      const taken = await this.insert(batch);
      for (const asked of batch)
        asked.waiting.forEach(({ resolve }, place) => resolve(place === 0 && taken.has(nameOf(asked))));
    } catch (cause) {
      const error = away(cause);
      for (const { waiting } of batch) for (const { reject } of waiting) reject(error);
    }
  }

  /** The names of those that were first. */
  private async insert(batch: readonly Asked[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<Pick<Asked, 'kind' | 'key'>>({
      name: 'take-once',
      text: TAKE,
      values: [
        batch.map(({ kind }) => kind),
        batch.map(({ key }) => key),
        batch.map(({ until }) => until),
        this.clock.now().getTime(),
        batch.every(({ kind }) => HURRIED.has(kind)),
      ],
    });
    return new Set(rows.map(nameOf));
  }
}

const nameOf = ({ kind, key }: Readonly<{ kind: string; key: string }>): string => `${kind} ${key}`;

const away = (cause: unknown) =>
  new MeshError(
    'unavailable',
    'whether this was used before cannot be told now: the database does not answer',
    { retryAfterSeconds: 1 },
    { cause },
  );
