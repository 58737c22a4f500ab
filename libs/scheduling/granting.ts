import { GrantLease, grantOf } from '#commands';
import { isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import type { LeasedTask, QueuedTask } from '#event-store';
import type { Assignment } from './dispatch.js';
import type { FairQueue } from './fair/fair-queue.js';
import type { LeaseBook } from './lease-book.js';
import { SCHEDULER } from './system-actor.js';
import type { TermParts } from './term-parts.js';

/** Cancelled, granted elsewhere or refused by policy meanwhile: not ours to give. */
const NOT_OURS: ReadonlySet<ErrorCode> = new Set([
  'illegal_transition',
  'fenced',
  'access_denied',
  'not_found',
]);

type Parts = Pick<TermParts, 'gate' | 'store' | 'link' | 'clock' | 'options' | 'logger'>;

/** Commits what was assigned, and keeps the book as the log is, whatever became of the answers. */
export class Granting {
  /** Leases that are being committed: not in the book yet, perhaps in the log already. */
  private readonly underWay = new Set<string>();
  /** Taken out of the queue, and nobody knows whether a lease was granted: they count as running until the log says. */
  private readonly unsettled = new Map<string, QueuedTask>();

  constructor(
    private readonly parts: Parts,
    private readonly book: LeaseBook,
    private readonly queue: FairQueue,
  ) {}

  /** Gives a task to a worker. @returns true if its place in the queue is free for the next */
  async give({ task, workerId }: Assignment): Promise<boolean> {
    const { gate, options, clock, link } = this.parts;
    const { taskId } = task;
    if (this.book.get(taskId)) {
      this.unsettled.set(taskId, task);
      return false;
    }
    this.underWay.add(taskId);
    try {
      const grant = await gate.execute(SCHEDULER, new GrantLease(taskId, workerId, options.leaseMs));
      this.book.add({ ...task, ...grant, workerId }, grant, clock.monotonicMs());
      link.push(workerId, { type: 'grant', grant });
      return true;
    } catch (error) {
      return this.failed(task, error);
    } finally {
      this.underWay.delete(taskId);
    }
  }

  /**
   * The log decides who holds what. Leases that ended without us (cancelled, paused) free their slot in the book; a
   * lease that was committed while its answer was lost is handed over after all; what was not granted waits again.
   *
   * @returns true if there may be more to give
   */
  async reconcile(): Promise<boolean> {
    const known = this.book.all();
    const unsettled = [...this.unsettled.values()];
    const leased = await this.parts.store.leased();
    const stored = new Map(leased.map(({ taskId, epoch }) => [taskId, epoch]));
    const ended = known.filter(
      ({ taskId, epoch }) => stored.get(taskId) !== epoch && this.book.get(taskId)?.epoch === epoch,
    );
    for (const { taskId, epoch, workerId } of ended) {
      this.book.remove(taskId);
      this.parts.link.push(workerId, { type: 'stop', taskId, epoch, reason: 'the lease has ended' });
    }
    const missing = leased.filter(({ taskId }) => !this.book.get(taskId) && !this.underWay.has(taskId));
    await Promise.all(missing.map((lease) => this.handOver(lease)));
    for (const task of unsettled) this.settle(task, stored.has(task.taskId));
    return ended.length > 0 || unsettled.length > 0;
  }

  private failed(task: QueuedTask, error: unknown): boolean {
    if (isMeshError(error) && NOT_OURS.has(error.code)) {
      this.queue.release(task.taskId);
      return true;
    }
    this.parts.logger.warn('grant failed, will be tried again', { error: String(error) });
    this.unsettled.set(task.taskId, task);
    return false;
  }

  private settle(task: QueuedTask, isLeased: boolean): void {
    const isInBook = this.book.get(task.taskId) !== undefined;
    if (this.underWay.has(task.taskId) || (isLeased && !isInBook)) return; // the next look will say
    this.unsettled.delete(task.taskId);
    if (isInBook) return;
    this.queue.release(task.taskId);
    this.queue.put(task, this.parts.clock.now().getTime());
  }

  private async handOver(lease: LeasedTask): Promise<void> {
    const stored = await this.parts.store.loadWithText(lease.taskId);
    const grant = stored && grantOf(stored);
    if (grant?.epoch !== lease.epoch || this.book.get(lease.taskId)) return;
    this.book.add(lease, grant, this.parts.clock.monotonicMs());
    this.parts.link.push(lease.workerId, { type: 'grant', grant });
  }
}
