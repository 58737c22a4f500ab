import type { QueuedTask } from '#event-store';
import { ranksBefore } from './fair/branch.js';
import type { FairQueue } from './fair/fair-queue.js';
import { Heap } from './fair/heap.js';
import type { Placed } from './fair/heap.js';
import type { Abilities, Profile } from './fair/profile.js';

/** A worker with free slots. */
export type Credit = Abilities & Readonly<{ workerId: string; credit: number }>;

export type Assignment = Readonly<{ task: QueuedTask; workerId: string }>;

type Room = Placed & { readonly workerId: string; credit: number };

/** Workers that can run the same; the one with most room first. */
type Kind = Readonly<{ profile: Profile; workers: Heap<Room> }>;

/**
 * Who gets what: the task whose turn it is, of all that some free worker can run; to a worker that can do little else, and
 * of these to the one with most room. What is given is out of the queue, and counts as running.
 */
export function dispatch(queue: FairQueue, credits: readonly Credit[], most: number): readonly Assignment[] {
  const kinds = kindsOf(queue, credits);
  const given: Assignment[] = [];
  while (given.length < most) {
    const kind = nextKind(kinds);
    const worker = kind?.workers.top;
    const task = kind && queue.take(kind.profile);
    if (!task || !worker) break;
    given.push({ task, workerId: worker.workerId });
    worker.credit--;
    if (worker.credit > 0) kind.workers.moved(worker);
    else kind.workers.remove(worker);
  }
  return given;
}

function kindsOf(queue: FairQueue, credits: readonly Credit[]): readonly Kind[] {
  const kinds = new Map<Profile, Kind>();
  for (const { workerId, credit, ...abilities } of credits) {
    if (credit <= 0) continue;
    const profile = queue.profile(abilities);
    const kind = kinds.get(profile) ?? { profile, workers: new Heap<Room>(hasMoreRoom) };
    kinds.set(profile, kind);
    kind.workers.push({ at: -1, workerId, credit });
  }
  return [...kinds.values()];
}

/** Of the kinds that have room, the one that can run what is next. */
function nextKind(kinds: readonly Kind[]): Kind | null {
  let next: Kind | null = null;
  for (const kind of kinds) {
    if (kind.workers.size === 0 || !kind.profile.root.best) continue;
    if (!next || goesFirst(kind.profile, next.profile)) next = kind;
  }
  return next;
}

const goesFirst = (one: Profile, other: Profile): boolean =>
  one.root.best === other.root.best ? one.breadth < other.breadth : ranksBefore(one.root, other.root);

function hasMoreRoom(one: Room, other: Room): boolean {
  return one.credit > other.credit;
}
