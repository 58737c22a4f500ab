import { Injectable } from '@nestjs/common';
import { TenantLimits } from '#access';
import { Clock } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { BacklogOptions } from './backlog-options.js';
import { WaitingCount } from './waiting-count.js';

/** A count this old is good enough to let a task in by, and one this old to refuse it by. */
const ADMIT_BY_MS = 1_000;
const REFUSE_BY_MS = 100;

/** Counting takes at most this share of the time. */
const COUNT_SHARE = 20;

const RETRY_AFTER_SECONDS = 5;

/**
 * Refuses tasks while too many wait. Waiting tasks are counted about once a second, whatever is submitted; what this
 * process lets in meanwhile is added, so that the limit is passed at most by what other processes let in within a second.
 */
@Injectable()
export class Backlog {
  private readonly waiting = new WaitingCount();
  private counting: Promise<void> | null = null;
  private countTookMs = 0;

  constructor(
    private readonly store: EventStore,
    private readonly limits: TenantLimits,
    private readonly options: BacklogOptions,
    private readonly clock: Clock,
  ) {}

  /**
   * Lets one task in.
   *
   * @throws {MeshError} `rate_limited` if as many wait as may; `unavailable` if they cannot be counted
   */
  async admit(tenant: string): Promise<void> {
    const { maxQueuedTasks = this.options.maxQueuedTasks } = await this.limits.of(tenant);
    await this.countIfOlderThan(ADMIT_BY_MS);
    if (this.reasonAgainst(tenant, maxQueuedTasks) !== null) await this.countIfOlderThan(REFUSE_BY_MS);
    const reason = this.reasonAgainst(tenant, maxQueuedTasks);
    if (reason === null) return this.waiting.add(tenant);
    throw new MeshError('rate_limited', reason, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      hint: 'submit again when some of them have begun',
    });
  }

  private reasonAgainst(tenant: string, limit: number): string | null {
    if (this.waiting.of(tenant) >= limit)
      return `${limit} tasks of tenant ${tenant} wait for a worker, as many as may (maxQueuedTasks)`;
    if (this.waiting.ofAll() >= this.options.maxQueuedTasksOfAll)
      return 'as many tasks wait for a worker as may wait in all (maxQueuedTasksOfAll)';
    return null;
  }

  private async countIfOlderThan(ageMs: number): Promise<void> {
    const age = this.waiting.ageMs(this.clock.monotonicMs());
    if (age < Math.max(ageMs, this.countTookMs * COUNT_SHARE)) return;
    this.counting ??= this.count().finally(() => (this.counting = null));
    await this.counting;
  }

  private async count(): Promise<void> {
    const begunAt = this.clock.monotonicMs();
    this.waiting.begin();
    const counted = await this.store.waitingPerTenant();
    this.waiting.end(counted, begunAt);
    this.countTookMs = this.clock.monotonicMs() - begunAt;
  }
}
