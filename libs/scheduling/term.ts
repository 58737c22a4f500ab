import { LoseAttempt } from '#commands';
import type { Beat, BeatAnswer, Stop } from '#contract';
import { Background } from './background.js';
import { Shares } from './concurrency-limits.js';
import { dispatch } from './dispatch.js';
import { FairQueue } from './fair/fair-queue.js';
import { Granting } from './granting.js';
import { LeaseBook } from './lease-book.js';
import type { HeldLease } from './lease-book.js';
import { QueueFeed } from './queue-feed.js';
import { SCHEDULER } from './system-actor.js';
import type { TermParts } from './term-parts.js';

/** Most tasks given away in one pass; the next pass follows at once. */
const PASS = 256;
const TICK_MS = 500;

/**
 * One term of leading: gives waiting tasks to workers, fairly, and takes them back from workers that are gone.
 * Knows nothing of earlier terms but what the log says. What it writes is guarded by the tasks' versions, so that two
 * terms at once could do no harm.
 */
export class Term {
  private readonly queue = new FairQueue();
  private readonly book = new LeaseBook(this.queue);
  private readonly feed: QueueFeed;
  private readonly granting: Granting;
  private readonly shares: Shares;
  private isReady = false;
  /** What a tick asks of the next pass: to look even if no worker is free, and to tidy up. */
  private isTickDue = true;
  private readonly passes = new Background(
    () => this.pass(),
    (error) => this.complain('dispatch', error),
  );
  private readonly ticks = new Background(
    () => this.expire(),
    (error) => this.complain('expiry', error),
  );
  private lastTick: number;

  constructor(private readonly parts: TermParts) {
    const { store, clock, limits, options } = parts;
    this.lastTick = clock.monotonicMs();
    this.feed = new QueueFeed(store, this.queue, () => clock.now().getTime());
    this.granting = new Granting(parts, this.book, this.queue);
    this.shares = new Shares(limits, options);
  }

  /** Reads who runs what and what waits, gives every lease a fresh term, asks all workers for a beat, and begins. */
  async start(): Promise<Stop> {
    const { store, link, roll, wakeUps, clock } = this.parts;
    for (const lease of await store.leased()) this.book.add(lease, null, clock.monotonicMs());
    await this.feed.load();
    this.isReady = true;
    this.passes.request(); // a beat may have come before there was anything to give
    const stopListening = await wakeUps.listen('queue', () => this.passes.request());
    for (const workerId of await roll.known()) link.push(workerId, { type: 'beat' });
    const timer = setInterval(() => this.tick(), TICK_MS);
    return async () => {
      clearInterval(timer);
      await stopListening();
      await Promise.all([this.passes.stop(), this.ticks.stop()]);
    };
  }

  /** A worker's sign of life. */
  async beat(beat: Beat): Promise<BeatAnswer> {
    const { unknown, unconfirmed, lost } = this.book.beat(beat, this.parts.clock.monotonicMs());
    for (const lease of unconfirmed) this.send(lease);
    await Promise.all(lost.map((lease) => this.lose(lease, `worker ${beat.workerId} no longer runs it`)));
    const fenced = await Promise.all(
      unknown.map(([taskId, epoch]) => this.adopt(beat.workerId, taskId, epoch)),
    );
    this.passes.request();
    return {
      ok: true,
      leaseMs: this.parts.options.leaseMs,
      fenced: fenced.filter((taskId) => taskId !== null),
    };
  }

  /** The lease of a task has ended by the worker's own report: its slot is free. */
  leaseEnded(taskId: string, workerId: string): void {
    if (!this.book.get(taskId)) return;
    this.book.remove(taskId);
    this.book.slotFreed(workerId);
    this.passes.request();
  }

  /** A worker says that it holds what the book does not know: the log decides. @returns the task, if it is fenced */
  private async adopt(workerId: string, taskId: string, epoch: number): Promise<string | null> {
    const stored = await this.parts.store.load(taskId);
    const lease = stored?.task.lease;
    if (!stored || lease?.epoch !== epoch || lease.workerId !== workerId) return taskId;
    const { tenant, task } = stored;
    this.book.add({ ...task, ...lease, taskId, tenant }, null, this.parts.clock.monotonicMs());
    return null;
  }

  /** One round of giving away: as many as there is credit for, as the queue says. */
  private async pass(): Promise<void> {
    if (!this.isReady || (!this.isTickDue && this.book.credits().length === 0)) return;
    await this.feed.pull();
    if (this.isTickDue) await this.keepHouse();
    this.allow(await this.shares.of(this.queue.tenantsWithoutShare()));
    this.queue.wake(this.parts.clock.now().getTime());
    const assigned = dispatch(this.queue, this.book.credits(), PASS);
    const given = await Promise.all(assigned.map((assignment) => this.granting.give(assignment)));
    if (given.some(Boolean)) this.passes.request();
  }

  /** What changes slowly: limits, and what the queue has missed or need not know any more. */
  private async keepHouse(): Promise<void> {
    this.isTickDue = false;
    const tenants = this.queue.tenantIds();
    this.allow(await this.shares.of(tenants));
    this.shares.keep(tenants);
    await this.feed.sweep(this.book.abilities());
  }

  private allow(shares: Awaited<ReturnType<Shares['of']>>): void {
    for (const [tenant, share] of shares) this.queue.limit(tenant, share);
  }

  private send(lease: HeldLease): void {
    if (!lease.grant) return;
    lease.sentAt = this.parts.clock.monotonicMs();
    this.parts.link.push(lease.workerId, { type: 'grant', grant: lease.grant });
  }

  private async lose(lease: HeldLease, reason: string): Promise<void> {
    const { taskId, epoch, workerId } = lease;
    this.parts.link.push(workerId, { type: 'stop', taskId, epoch, reason });
    await this.parts.gate.execute(SCHEDULER, new LoseAttempt(taskId, epoch, reason));
    if (this.book.get(taskId)?.epoch === epoch) this.book.remove(taskId);
  }

  /** What must happen even if every message was lost. */
  private tick(): void {
    const { clock, link, options } = this.parts;
    const now = clock.monotonicMs();
    if (!link.connected) this.book.postpone(now - this.lastTick);
    this.lastTick = now;
    this.book.dropSilent(now, options.leaseMs);
    this.isTickDue = true;
    this.passes.request();
    this.ticks.request();
  }

  private async expire(): Promise<void> {
    const expired = this.book.expired(this.parts.clock.monotonicMs());
    await Promise.all(expired.map((lease) => this.lose(lease, silence(lease))));
    if (await this.granting.reconcile()) this.passes.request();
  }

  private complain(what: string, error: unknown): void {
    this.parts.logger.warn(`${what} failed, will be tried again`, { error: String(error) });
  }
}

const silence = ({ workerId, leaseMs }: HeldLease): string =>
  `no beat of worker ${workerId} for ${leaseMs} ms`;
