import { Injectable } from '@nestjs/common';
import { Gate } from '#access';
import { GrantLease, LoseAttempt } from '#commands';
import { Clock, Logger, WakeUps, WorkerLink } from '#contract';
import type { Beat, BeatAnswer, Stop } from '#contract';
import { isMeshError } from '#errors';
import { EventStore } from '#event-store';
import type { QueuedTask } from '#event-store';
import { Background } from './background.js';
import { LeaseBook } from './lease-book.js';
import type { HeldLease } from './lease-book.js';
import { SchedulingOptions } from './options.js';
import { SCHEDULER } from './system-actor.js';

/** Most tasks given away in one pass; the next pass follows at once. */
const PASS = 256;
const TICK_MS = 500;

/**
 * Gives waiting tasks to workers in order of arrival, takes them back from workers that are gone. One per
 * deployment leads at a time; what it writes is guarded by the tasks' versions, so that two could do no harm.
 */
@Injectable()
export class Scheduler {
  private readonly book = new LeaseBook();
  private readonly passes = new Background(
    () => this.pass(),
    (error) => this.complain('dispatch', error),
  );
  private lastTick = 0;

  constructor(
    private readonly gate: Gate,
    private readonly store: EventStore,
    private readonly link: WorkerLink,
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly options: SchedulingOptions,
    private readonly logger: Logger,
  ) {}

  /** Reads who runs what, gives every lease a fresh term, and begins. */
  async start(): Promise<Stop> {
    for (const lease of await this.store.leased()) {
      this.book.add(lease, null, this.clock.monotonicMs());
      this.link.push(lease.workerId, { type: 'beat' });
    }
    this.lastTick = this.clock.monotonicMs();
    const stopListening = await this.wakeUps.listen('queue', () => this.passes.request());
    const timer = setInterval(() => this.tick(), TICK_MS);
    this.passes.request();
    return async () => {
      clearInterval(timer);
      await stopListening();
      await this.passes.stop();
    };
  }

  /** A worker's sign of life. */
  async beat(beat: Beat): Promise<BeatAnswer> {
    const { unknown, unconfirmed, lost } = this.book.beat(beat, this.clock.monotonicMs());
    for (const lease of unconfirmed) this.send(lease);
    await Promise.all(lost.map((lease) => this.lose(lease, `worker ${beat.workerId} no longer runs it`)));
    const fenced = await Promise.all(
      unknown.map(([taskId, epoch]) => this.adopt(beat.workerId, taskId, epoch)),
    );
    this.passes.request();
    return { ok: true, leaseMs: this.options.leaseMs, fenced: fenced.filter((taskId) => taskId !== null) };
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
    const stored = await this.store.load(taskId);
    const lease = stored?.task.lease;
    if (!stored || lease?.epoch !== epoch || lease.workerId !== workerId) return taskId;
    const { tenant, task } = stored;
    this.book.add({ ...task, ...lease, taskId, tenant }, null, this.clock.monotonicMs());
    return null;
  }

  /** One round of giving away: as many as there is credit for, in order of arrival. */
  private async pass(): Promise<void> {
    const credits = this.book.credits();
    const credit = credits.reduce((sum, each) => sum + each.credit, 0);
    if (credit === 0) return;
    const agents = [...new Set(credits.flatMap((each) => each.agents))];
    const exceptTenants = this.book.saturated(this.options.maxConcurrentTasks);
    const waiting = await this.store.queued(Math.min(credit, PASS), { agents, exceptTenants });
    const given = await Promise.all(
      this.assign(waiting, credits).map(([task, workerId]) => this.grant(task, workerId)),
    );
    if (given.some(Boolean)) this.passes.request();
  }

  /** Who gets what: the worker with most room that can run it, within the tenant's limit. */
  private assign(
    waiting: readonly QueuedTask[],
    credits: ReturnType<LeaseBook['credits']>,
  ): readonly [QueuedTask, string][] {
    const room = credits.map((each) => ({ ...each }));
    const running = new Map<string, number>();
    return waiting.flatMap((task): [QueuedTask, string][] => {
      const already = running.get(task.tenant) ?? this.book.running(task.tenant);
      const worker = room
        .filter(({ credit, agents }) => credit > 0 && agents.includes(task.agentId))
        .toSorted((a, b) => b.credit - a.credit)[0];
      if (!worker || already >= this.options.maxConcurrentTasks || this.book.get(task.taskId)) return [];
      running.set(task.tenant, already + 1);
      worker.credit--;
      return [[task, worker.workerId]];
    });
  }

  private async grant(task: QueuedTask, workerId: string): Promise<boolean> {
    try {
      const grant = await this.gate.execute(
        SCHEDULER,
        new GrantLease(task.taskId, workerId, this.options.leaseMs),
      );
      this.book.add({ ...task, ...grant, workerId }, grant, this.clock.monotonicMs());
      this.link.push(workerId, { type: 'grant', grant });
      return true;
    } catch (error) {
      // Cancelled or granted elsewhere meanwhile: not ours to give. Anything else is tried again by the next pass.
      if (!isMeshError(error, 'illegal_transition') && !isMeshError(error, 'fenced'))
        this.complain('grant', error);
      return false;
    }
  }

  private send(lease: HeldLease): void {
    if (!lease.grant) return;
    lease.sentAt = this.clock.monotonicMs();
    this.link.push(lease.workerId, { type: 'grant', grant: lease.grant });
  }

  private async lose(lease: HeldLease, reason: string): Promise<void> {
    const { taskId, epoch, workerId } = lease;
    this.link.push(workerId, { type: 'stop', taskId, epoch, reason });
    await this.gate.execute(SCHEDULER, new LoseAttempt(taskId, epoch, reason));
    if (this.book.get(taskId)?.epoch === epoch) this.book.remove(taskId);
  }

  /** What must happen even if every message was lost. */
  private tick(): void {
    const now = this.clock.monotonicMs();
    if (!this.link.connected) this.book.postpone(now - this.lastTick);
    this.lastTick = now;
    this.book.dropSilent(now, this.options.leaseMs);
    this.passes.request();
    this.expire(now).catch((error: unknown) => this.complain('expiry', error));
  }

  private async expire(now: number): Promise<void> {
    await Promise.all(
      this.book
        .expired(now)
        .map((lease) => this.lose(lease, `no beat of worker ${lease.workerId} for ${lease.leaseMs} ms`)),
    );
    await this.reconcile();
  }

  /** Leases that ended without us (cancelled, paused) free their slot in the book. */
  private async reconcile(): Promise<void> {
    const known = this.book.all();
    if (known.length === 0) return;
    const stored = new Map((await this.store.leased()).map(({ taskId, epoch }) => [taskId, epoch]));
    for (const { taskId, epoch, workerId } of known) {
      if (stored.get(taskId) === epoch || this.book.get(taskId)?.epoch !== epoch) continue;
      this.book.remove(taskId);
      this.link.push(workerId, { type: 'stop', taskId, epoch, reason: 'the lease has ended' });
    }
  }

  private complain(what: string, error: unknown): void {
    this.logger.warn(`${what} failed, will be tried again`, { error: String(error) });
  }
}
