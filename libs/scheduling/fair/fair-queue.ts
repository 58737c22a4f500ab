import type { QueuedTask } from '#event-store';
import { Heap } from './heap.js';
import { Profile, profileIdOf } from './profile.js';
import type { Abilities } from './profile.js';
import { Tenants } from './tenants.js';
import type { Running } from './tenants.js';
import { Turns } from './turns.js';
import { goesBefore, keyOf, laneIdOf } from './waiting.js';
import type { Lane, Share, Waiting } from './waiting.js';

/**
 * All tasks that wait, kept so that the next one for a worker is known without a search. Sessions take turns; within a
 * session tasks go by age and priority; what is limited is counted, and left out while it is at its limit. Every change is
 * O(log n), times the kinds of workers there are.
 */
export class FairQueue {
  private readonly tenants = new Tenants();
  private readonly turns = new Turns();
  private readonly waiting = new Map<string, Waiting>();
  private readonly parked = new Heap<Waiting>(isDueBefore);
  private readonly profiles = new Map<string, Profile>();
  private sweep = 0;

  get size(): number {
    return this.waiting.size;
  }

  /** The kind of worker that can run that, made known if it is new. */
  profile(abilities: Abilities): Profile {
    const id = profileIdOf(abilities);
    const known = this.profiles.get(id);
    if (known) return known;
    const made = new Profile(abilities, this.tenants);
    this.profiles.set(id, made);
    for (const lane of this.tenants.lanes()) if (lane.tasks.size > 0) made.join(lane);
    return made;
  }

  /** A task waits, as its row in the table says. Saying so again changes nothing. */
  put(task: QueuedTask, nowMs: number): void {
    const known = this.waiting.get(task.taskId);
    if (known) known.sweep = this.sweep;
    if (known?.task.readyAt === task.readyAt) return;
    this.drop(task.taskId);
    const lane = this.laneOf(task);
    const isParked = task.readyAt !== null && task.readyAt > nowMs;
    const waiting: Waiting = { at: -1, task, key: keyOf(task), lane, sweep: this.sweep, isParked };
    this.waiting.set(task.taskId, waiting);
    lane.members++;
    if (isParked) this.parked.push(waiting);
    else this.line(waiting);
  }

  /** A task waits no more. */
  drop(taskId: string): void {
    const waiting = this.waiting.get(taskId);
    if (!waiting) return;
    if (waiting.isParked) this.parked.remove(waiting);
    else this.unline(waiting);
    this.left(waiting);
  }

  /** Lets those join that were not to begin before now. */
  wake(nowMs: number): void {
    for (let next = this.parked.top; next && (next.task.readyAt ?? 0) <= nowMs; next = this.parked.top) {
      this.parked.remove(next);
      next.isParked = false;
      this.line(next);
    }
  }

  /** The next task for a worker of that kind, taken out and counted as running; none if nothing may begin. */
  take(profile: Profile): QueuedTask | undefined {
    const next = profile.root.best;
    if (!next) return undefined;
    const { session } = next.lane;
    this.turns.taken(session);
    this.tenants.hold(next.task);
    this.unline(next);
    session.quota.refresh();
    this.left(next);
    return next.task;
  }

  /** A task runs: it counts until it is released. */
  hold(task: Running): void {
    this.tenants.hold(task);
  }

  /** It runs no more. */
  release(taskId: string): void {
    this.tenants.release(taskId);
  }

  /** What the tasks of a tenant may take at once, from now on. */
  limit(tenant: string, share: Share): void {
    this.tenants.limit(tenant, share);
  }

  /** Everybody of whom something waits or runs. */
  tenantIds(): readonly string[] {
    return this.tenants.ids();
  }

  /** Those of them whose share nobody has said: nothing of theirs begins until then. */
  tenantsWithoutShare(): readonly string[] {
    return this.tenants.unknown();
  }

  /** A look at the whole table begins. */
  beginSweep(): void {
    this.sweep++;
  }

  /** It is over: what it did not find waits no more. Forgets who is idle, and all kinds of workers but those. */
  endSweep(kinds: readonly Abilities[]): void {
    for (const { task, sweep } of this.waiting.values()) if (sweep < this.sweep) this.drop(task.taskId);
    this.tenants.forgetIdle(this.turns.counts);
    const there = new Set(kinds.map(profileIdOf));
    for (const [id, profile] of this.profiles) {
      if (there.has(id)) continue;
      this.profiles.delete(id);
      for (const lane of this.tenants.lanes()) profile.part(lane);
    }
  }

  private laneOf(task: QueuedTask): Lane {
    const session = this.tenants.session(task.tenant, task.sessionId);
    const id = laneIdOf(task);
    const known = session.lanes.get(id);
    if (known) return known;
    const { agentId, requires } = task;
    const tasks = new Heap(goesBefore);
    const made: Lane = { id, session, agentId, requires, tasks, leaves: new Map(), members: 0 };
    session.lanes.set(id, made);
    return made;
  }

  private line(waiting: Waiting): void {
    const { lane } = waiting;
    if (lane.session.lined++ === 0) this.turns.join(lane.session);
    lane.tasks.push(waiting);
    if (lane.tasks.size === 1) for (const profile of this.profiles.values()) profile.join(lane);
    else if (waiting.at === 0) for (const leaf of lane.leaves.values()) leaf.refresh();
  }

  private unline(waiting: Waiting): void {
    const { lane } = waiting;
    lane.session.lined--;
    lane.tasks.remove(waiting);
    if (lane.tasks.size === 0) for (const profile of this.profiles.values()) profile.part(lane);
    else for (const leaf of lane.leaves.values()) leaf.refresh();
  }

  private left({ task, lane }: Waiting): void {
    this.waiting.delete(task.taskId);
    if (--lane.members === 0) lane.session.lanes.delete(lane.id);
    if (this.waiting.size === 0) this.turns.rest();
  }
}

function isDueBefore(one: Waiting, other: Waiting): boolean {
  return (one.task.readyAt ?? 0) < (other.task.readyAt ?? 0);
}
