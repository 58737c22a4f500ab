import type { Gate } from '#access';
import { GrantLease, LoseAttempt, grantOf } from '#commands';
import type { Beat, BeatAnswer, Clock, Logger, Stop, WakeUps, WorkerLink, WorkerRoll } from '#contract';
import { isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import type { EventStore, LeasedTask, QueuedTask } from '#event-store';
import { assign } from './assign.js';
import { Background } from './background.js';
import { limitsOf } from './concurrency-limits.js';
import type { ConcurrencyLimits, LimitOf } from './concurrency-limits.js';
import { LeaseBook } from './lease-book.js';
import type { HeldLease } from './lease-book.js';
import type { SchedulingOptions } from './options.js';
import { SCHEDULER } from './system-actor.js';

export type TermParts = Readonly<{
  gate: Gate;
  store: EventStore;
  link: WorkerLink;
  roll: WorkerRoll;
  wakeUps: WakeUps;
  clock: Clock;
  options: SchedulingOptions;
  limits: ConcurrencyLimits;
  logger: Logger;
}>;

/** Most tasks given away in one pass; the next pass follows at once. */
const PASS = 256;
const TICK_MS = 500;

const NOT_OURS: ReadonlySet<ErrorCode> = new Set(['illegal_transition', 'fenced', 'access_denied']);

/**
 * One term of leading: gives waiting tasks to workers in order of arrival, takes them back from workers that are gone.
 * Knows nothing of earlier terms but what the log says. What it writes is guarded by the tasks' versions, so that two
 * terms at once could do no harm.
 */
export class Term {
  private readonly book = new LeaseBook();
  /** Leases that are being committed: not in the book yet, perhaps in the log already. */
  private readonly granting = new Set<string>();
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
    this.lastTick = parts.clock.monotonicMs();
  }

  /** Reads who runs what, gives every lease a fresh term, asks all workers for a beat, and begins. */
  async start(): Promise<Stop> {
    const { store, link, roll, wakeUps, clock } = this.parts;
    for (const lease of await store.leased()) this.book.add(lease, null, clock.monotonicMs());
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

  /** One round of giving away: as many as there is credit for, in order of arrival. */
  private async pass(): Promise<void> {
    const credits = this.book.credits();
    const credit = credits.reduce((sum, each) => sum + each.credit, 0);
    if (credit === 0) return;
    const agents = [...new Set(credits.flatMap((each) => each.agents))];
    const exceptTenants = this.book.saturated(await this.limitsOf(this.book.tenants()));
    const waiting = await this.parts.store.queued(Math.min(credit, PASS), { agents, exceptTenants });
    const limitOf = await this.limitsOf(waiting.map(({ tenant }) => tenant));
    const assigned = assign(waiting, credits, this.book, limitOf);
    const given = await Promise.all(assigned.map(({ task, workerId }) => this.grant(task, workerId)));
    if (given.some(Boolean)) this.passes.request();
  }

  private limitsOf(tenants: Iterable<string>): Promise<LimitOf> {
    const { limits, options } = this.parts;
    return limitsOf(tenants, limits, options.maxConcurrentTasks);
  }

  private async grant(task: QueuedTask, workerId: string): Promise<boolean> {
    const { gate, options, clock, link } = this.parts;
    this.granting.add(task.taskId);
    try {
      const grant = await gate.execute(SCHEDULER, new GrantLease(task.taskId, workerId, options.leaseMs));
      this.book.add({ ...task, ...grant, workerId }, grant, clock.monotonicMs());
      link.push(workerId, { type: 'grant', grant });
      return true;
    } catch (error) {
      // Cancelled, granted elsewhere or refused by policy meanwhile: not ours to give. Anything else waits for a tick.
      if (!isMeshError(error) || !NOT_OURS.has(error.code)) this.complain('grant', error);
      return isMeshError(error, 'access_denied'); // one less waits: there may be room for the next
    } finally {
      this.granting.delete(task.taskId);
    }
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
    this.passes.request();
    this.ticks.request();
  }

  private async expire(): Promise<void> {
    const expired = this.book.expired(this.parts.clock.monotonicMs());
    await Promise.all(expired.map((lease) => this.lose(lease, silence(lease))));
    await this.reconcile();
  }

  /**
   * The log decides who holds what. Leases that ended without us (cancelled, paused) free their slot in the book; a
   * lease that was committed while its answer was lost is handed over after all.
   */
  private async reconcile(): Promise<void> {
    const known = this.book.all();
    const leased = await this.parts.store.leased();
    const stored = new Map(leased.map(({ taskId, epoch }) => [taskId, epoch]));
    for (const { taskId, epoch, workerId } of known) {
      if (stored.get(taskId) === epoch || this.book.get(taskId)?.epoch !== epoch) continue;
      this.book.remove(taskId);
      this.parts.link.push(workerId, { type: 'stop', taskId, epoch, reason: 'the lease has ended' });
      this.passes.request();
    }
    const missing = leased.filter(({ taskId }) => !this.book.get(taskId) && !this.granting.has(taskId));
    await Promise.all(missing.map((lease) => this.handOver(lease)));
  }

  private async handOver(lease: LeasedTask): Promise<void> {
    const stored = await this.parts.store.loadWithText(lease.taskId);
    const grant = stored && grantOf(stored);
    if (grant?.epoch !== lease.epoch || this.book.get(lease.taskId)) return;
    this.book.add(lease, grant, this.parts.clock.monotonicMs());
    this.parts.link.push(lease.workerId, { type: 'grant', grant });
  }

  private complain(what: string, error: unknown): void {
    this.parts.logger.warn(`${what} failed, will be tried again`, { error: String(error) });
  }
}

const silence = ({ workerId, leaseMs }: HeldLease): string =>
  `no beat of worker ${workerId} for ${leaseMs} ms`;
