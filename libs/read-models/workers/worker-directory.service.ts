import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, DEFAULT_LEASE_MS, Logger, WorkerRoll } from '#contract';
import type { Beat, WorkerInfo } from '#contract';
import { WorkerRow } from './worker.entity.js';

/** At most one statement, and so one write a worker, in this time. */
const WRITE_EVERY_MS = 1_000;

/** A worker that was not heard of for this long is not listed any more. */
const FORGET_AFTER_MS = 24 * 60 * 60 * 1_000;

type Seen = Readonly<{ beat: Beat; at: Date }>;

/** Which workers there are. Written by whoever hears their beats, read by anyone. */
@Injectable()
export class WorkerDirectory extends WorkerRoll {
  private readonly pending = new Map<string, Seen>();
  private flushing: Promise<void> | null = null;
  private wroteAtMs = -Infinity;
  private stopped = false;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    super();
  }

  /**
   * Notes a beat. Resolves when it (or a later one of the same worker) is written, up to a second later: no reason to
   * keep the worker waiting. Never rejects: a list of workers is not worth a beat.
   */
  override seen(beat: Beat, at: Date): Promise<void> {
    this.pending.set(beat.workerId, { beat, at });
    this.flushing ??= this.flushSoon();
    return this.flushing;
  }

  override async known(): Promise<readonly string[]> {
    return (await this.list()).map(({ id }) => id);
  }

  /** Takes a worker that said goodbye, or is given up, off the list. */
  async gone(workerId: string): Promise<void> {
    this.pending.delete(workerId);
    await this.db.getRepository(WorkerRow).delete({ id: workerId });
  }

  /** All workers of late; those are connected whose last beat is no older than two and a half beats (half a lease). */
  async list(leaseMs = DEFAULT_LEASE_MS): Promise<readonly WorkerInfo[]> {
    const now = this.clock.now().getTime();
    const rows = await this.db
      .createQueryBuilder(WorkerRow, 'worker')
      .where('worker.lastBeatAt > :since', { since: new Date(now - FORGET_AFTER_MS) })
      .orderBy('worker.id')
      .getMany();
    return rows.map(({ id, agents, labels, free, held, lastBeatAt }) => ({
      id,
      agents: JSON.parse(agents) as readonly string[],
      labels: JSON.parse(labels) as readonly string[],
      free,
      held,
      lastBeatAt: lastBeatAt.toISOString(),
      connected: now - lastBeatAt.getTime() <= leaseMs / 2,
    }));
  }

  /** Nest's shutdown hook: what is not written by now is of no use to anyone. */
  onModuleDestroy(): void {
    this.stopped = true;
  }

  private async flushSoon(): Promise<void> {
    const waitMs = Math.max(0, this.wroteAtMs + WRITE_EVERY_MS - this.clock.monotonicMs());
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const seen = [...this.pending.values()];
    this.pending.clear();
    this.flushing = null;
    this.wroteAtMs = this.clock.monotonicMs();
    try {
      if (seen.length > 0 && !this.stopped) await this.db.query(UPSERT, columnsOf(seen));
    } catch (error) {
      this.logger.warn('the list of workers was not written', { error: String(error) });
    }
  }
}

const UPSERT = `
  insert into worker (id, boot, labels, agents, free, held, last_beat_at)
  select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::int[], $7::timestamptz[])
  on conflict (id) do update
     set boot = excluded.boot, labels = excluded.labels, agents = excluded.agents, free = excluded.free,
         held = excluded.held, last_beat_at = excluded.last_beat_at
   where worker.last_beat_at <= excluded.last_beat_at`;

const columnsOf = (seen: readonly Seen[]): readonly (readonly unknown[])[] => [
  seen.map(({ beat }) => beat.workerId),
  seen.map(({ beat }) => beat.boot),
  seen.map(({ beat }) => JSON.stringify(beat.labels)),
  seen.map(({ beat }) => JSON.stringify(beat.agents)),
  seen.map(({ beat }) => beat.free),
  seen.map(({ beat }) => beat.held.length),
  seen.map(({ at }) => at.toISOString()),
];
