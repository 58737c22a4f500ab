import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { IdentitySql } from '../identity-sql.service.js';
import { KnownBlocks, blocked } from './known-blocks.js';
import type { ThrottleKey } from './throttle-keys.js';

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 15 * 60_000;

/** Delays double up to here, which is past the cap: failures beyond it are not counted, so that they can be forgiven. */
const MAX_DOUBLINGS = 10;

type Row = Readonly<{ failures: number; blocked_until: Date | null }>;

/**
 * Slows down whoever guesses, on every API process together. An attempt is counted as a failure before it is made, in
 * one statement, so that attempts made at once cannot pass together; one that succeeds is taken back.
 */
@Injectable()
export class Throttle {
  private readonly blocks: KnownBlocks;

  constructor(
    private readonly sql: IdentitySql,
    private readonly clock: Clock,
  ) {
    this.blocks = new KnownBlocks(clock);
  }

  /**
   * Lets an attempt be made. What one key refuses is no guess, and is not counted to the others: an address that
   * hammers at one account keeps its other people signing in.
   *
   * @throws {MeshError} `rate_limited`, with the time to wait, while any of the keys is blocked
   */
  async admit(account: ThrottleKey, ...others: readonly ThrottleKey[]): Promise<void> {
    const counted: ThrottleKey[] = [];
    try {
      for (const key of [account, ...others]) {
        await this.blocks.oneAtATime(key.key, () => this.count(key));
        counted.push(key);
      }
    } catch (error) {
      await this.withdrawn(...counted);
      throw error;
    }
  }

  /** The attempt succeeded: the account's failures are forgotten, one of each of the others is. */
  async succeeded(account: ThrottleKey, ...others: readonly ThrottleKey[]): Promise<void> {
    this.blocks.forget(account.key);
    await this.sql.rows(`delete from throttle where key = $1`, account.key);
    for (const key of others) await this.takeBack(key);
  }

  /** Deletes what is forgiven anyway. */
  async sweep(now: Date = this.clock.now()): Promise<void> {
    const before = new Date(now.getTime() - KEPT_MS);
    await this.sql.rows(`delete from throttle where changed_at < $1`, before);
  }

  /** The attempt was not made after all. */
  async withdrawn(...keys: readonly ThrottleKey[]): Promise<void> {
    for (const key of keys) await this.takeBack(key);
  }

  private async takeBack({ key, allowance }: ThrottleKey): Promise<void> {
    this.blocks.forget(key);
    await this.sql.rows(TAKE_BACK, key, allowance.failures);
  }

  private async count({ key, allowance }: ThrottleKey): Promise<void> {
    const now = this.clock.now();
    const { failures: limit, forgiveMs } = allowance;
    const values = [key, now, limit, forgiveMs, FIRST_DELAY_MS, MAX_DELAY_MS, limit + MAX_DOUBLINGS];
    const [counted] = await this.sql.rows<Row>(COUNT, ...values);
    if (counted) return;
    const [found] = await this.sql.rows<Row>(`select blocked_until from throttle where key = $1`, key);
    const until = found?.blocked_until ?? now;
    this.blocks.remember(key, until);
    throw blocked(until.getTime() - now.getTime());
  }
}

/** Longer than it takes to forgive the most that is counted. */
const KEPT_MS = 24 * 60 * 60_000;

/** Counts an attempt, unless the key is blocked: then nothing is returned. Forgives one failure each `forgiveMs` first. */
const COUNT = `
  insert into throttle as t (key, failures, blocked_until, changed_at) values ($1, 1, null, $2::timestamptz)
  on conflict (key) do update set
    (failures, blocked_until, changed_at) = (
      select n, case when n >= $3::int
          then $2::timestamptz + least($6::float8, $5::float8 * power(2, n - $3::int)) * interval '1 millisecond' end,
        $2::timestamptz
      from (select least($7::int, 1 + greatest(0, t.failures - floor(
        extract(epoch from ($2::timestamptz - t.changed_at)) * 1000 / $4::float8)::int)) as n) as forgiven)
  where t.blocked_until is null or t.blocked_until <= $2::timestamptz
  returning failures, blocked_until`;

const TAKE_BACK = `
  update throttle set failures = greatest(0, failures - 1),
    blocked_until = case when failures - 1 >= $2::int then blocked_until end
  where key = $1`;
