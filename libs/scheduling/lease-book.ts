import type { Beat, Grant } from '#contract';
import type { LeasedTask } from '#event-store';
import type { Credit } from './dispatch.js';
import type { FairQueue } from './fair/fair-queue.js';
import type { Abilities } from './fair/profile.js';

/** A slow answer may take this long before a lease counts as over, on top of its time. */
const GRACE_MS = 1_000;

/** A grant that no beat has named for this long is sent again. */
const RESEND_AFTER_MS = 1_000;

/** A lease as the scheduler keeps it. Times are of the monotonic clock, in milliseconds. */
export type HeldLease = {
  readonly taskId: string;
  readonly tenant: string;
  readonly epoch: number;
  readonly workerId: string;
  readonly leaseMs: number;
  expiresAt: number;
  /** Whether a beat has named it: until then the grant is sent again. */
  confirmed: boolean;
  /** What to send again. None for a lease that an earlier scheduler granted: its worker has it, or it is lost. */
  readonly grant: Grant | null;
  sentAt: number;
  /** The start of the worker that was to have it, by its last beat then: a later start has not got it. */
  boot: string | null;
};

/** A worker as its last beat described it. */
export type KnownWorker = {
  readonly id: string;
  boot: string;
  free: number;
  agents: readonly string[];
  labels: readonly string[];
  draining: boolean;
  lastBeatAt: number;
};

/** Where running tasks are counted. */
export type Slots = Pick<FairQueue, 'hold' | 'release'>;

/** What a beat reveals, and what is to be done about it. */
export type BeatFindings = Readonly<{
  /** Held by the worker by its own word, but not by the book: perhaps granted by another scheduler, perhaps over. */
  unknown: readonly (readonly [taskId: string, epoch: number])[];
  /** Granted, but never confirmed: to be sent again. */
  unconfirmed: readonly HeldLease[];
  /** Lost: the worker has started anew, or let go of what it had confirmed. */
  lost: readonly HeldLease[];
}>;

/** Who runs what, as far as the scheduler knows. Pure bookkeeping: time comes in, decisions go out. */
export class LeaseBook {
  private readonly leases = new Map<string, HeldLease>();
  private readonly workers = new Map<string, KnownWorker>();

  constructor(private readonly slots: Slots) {}

  get size(): number {
    return this.leases.size;
  }

  get(taskId: string): HeldLease | undefined {
    return this.leases.get(taskId);
  }

  all(): readonly HeldLease[] {
    return [...this.leases.values()];
  }

  add(task: LeasedTask, grant: Grant | null, nowMs: number): void {
    this.remove(task.taskId);
    const { taskId, tenant, epoch, workerId, leaseMs } = task;
    const expiresAt = nowMs + leaseMs + GRACE_MS;
    const confirmed = grant === null;
    this.leases.set(taskId, {
      taskId,
      tenant,
      epoch,
      workerId,
      leaseMs,
      expiresAt,
      confirmed,
      grant,
      sentAt: nowMs,
      boot: this.workers.get(workerId)?.boot ?? null,
    });
    this.slots.hold(task);
  }

  /** Forgets a lease that is over. */
  remove(taskId: string): void {
    if (!this.leases.has(taskId)) return;
    this.leases.delete(taskId);
    this.slots.release(taskId);
  }

  /** A finished task's slot can be given away before the next beat says so. */
  slotFreed(workerId: string): void {
    const worker = this.workers.get(workerId);
    if (worker) worker.free++;
  }

  /** Takes in a beat: renews what it holds, finds what is lost or unknown. */
  beat(beat: Beat, nowMs: number): BeatFindings {
    const { workerId: id, boot, free, agents, labels, draining = false } = beat;
    this.workers.set(id, { id, boot, free, agents, labels, draining, lastBeatAt: nowMs });
    const held = new Map(beat.held);
    const mine = this.all().filter(({ workerId }) => workerId === id);
    for (const lease of mine) if (held.get(lease.taskId) === lease.epoch) renew(lease, boot, nowMs);
    const absent = mine.filter(({ taskId, epoch }) => held.get(taskId) !== epoch);
    return {
      unknown: beat.held.filter(([taskId, epoch]) => this.leases.get(taskId)?.epoch !== epoch),
      unconfirmed: absent.filter((lease) => !isLost(lease, boot) && nowMs - lease.sentAt >= RESEND_AFTER_MS),
      lost: absent.filter((lease) => isLost(lease, boot)),
    };
  }

  /** Free slots of workers that take work, less what is on its way to them; most first. */
  credits(): readonly Credit[] {
    const underWay = new Map<string, number>();
    for (const { workerId, confirmed } of this.leases.values()) {
      if (!confirmed) underWay.set(workerId, (underWay.get(workerId) ?? 0) + 1);
    }
    return [...this.workers.values()]
      .filter(({ draining }) => !draining)
      .map(({ id, agents, labels, free }) => ({
        workerId: id,
        agents,
        labels,
        credit: free - (underWay.get(id) ?? 0),
      }))
      .filter(({ credit }) => credit > 0)
      .toSorted((a, b) => b.credit - a.credit);
  }

  /** What the workers can run, those without a free slot among them. */
  abilities(): readonly Abilities[] {
    return [...this.workers.values()];
  }

  /** Leases whose time is over. */
  expired(nowMs: number): readonly HeldLease[] {
    return this.all().filter(({ expiresAt }) => expiresAt <= nowMs);
  }

  /** Workers nobody heard of for so long that they count as gone; their credit goes with them. */
  dropSilent(nowMs: number, silentMs: number): void {
    for (const { id, lastBeatAt } of this.workers.values()) {
      if (nowMs - lastBeatAt > silentMs) this.workers.delete(id);
    }
  }

  /** Time in which we were cut off from the broker does not count against anyone. */
  postpone(ms: number): void {
    for (const lease of this.leases.values()) lease.expiresAt += ms;
    for (const worker of this.workers.values()) worker.lastBeatAt += ms;
  }
}

/** Of a lease that its worker does not hold: it had it once, or it has started anew since it was sent there. */
const isLost = (lease: HeldLease, boot: string): boolean =>
  lease.confirmed || (lease.boot !== null && lease.boot !== boot);

function renew(lease: HeldLease, boot: string, nowMs: number): void {
  lease.boot = boot;
  lease.expiresAt = nowMs + lease.leaseMs + GRACE_MS;
  lease.confirmed = true;
}
