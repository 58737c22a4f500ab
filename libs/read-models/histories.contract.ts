import type { FeedEvent } from '#contract';
import type { USUAL } from '#test/given';
import { id, usual } from './test-log.contract.js';
import type { TestLog } from './test-log.contract.js';

const STEPS: readonly (readonly (keyof typeof USUAL)[])[] = [
  ['TaskSubmitted'],
  ['LeaseGranted'],
  ['PlanningStarted', 'TaskStarted'],
  ['OutputAppended'],
  ['ProgressReported', 'OutputAppended'],
  ['AttemptLost'],
  ['LeaseGranted'],
  ['InputRequested'],
  ['TaskResumed'],
  ['LeaseGranted'],
  ['TaskCompleted'],
];

/** A repeatable source of numbers below `n`. */
export function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Appends the steps of some tasks, interleaved. */
export async function randomLog(store: TestLog, roll: (n: number) => number, tasks = 12): Promise<void> {
  const left = Array.from({ length: tasks }, (_, n) => ({
    taskId: id(n + 1),
    next: 0,
    end: 1 + roll(STEPS.length),
  }));
  for (let open = left; open.length > 0; open = open.filter(({ next, end }) => next < end)) {
    const task = open[roll(open.length)];
    if (task) await store.add(task.taskId, ...usual(...(STEPS[task.next++] ?? [])));
  }
}

/** What a broker may make of a log: pieces lost, repeated, delivered late, and all from the start again. */
export function badDelivery(
  events: readonly FeedEvent[],
  roll: (n: number) => number,
): readonly (readonly FeedEvent[])[] {
  const batches: FeedEvent[][] = [];
  for (let at = 0; at < events.length;) {
    const size = 1 + roll(9);
    const batch = events.slice(at, at + size).filter(() => roll(10) > 0);
    batches.push(batch);
    if (roll(4) === 0) batches.push(batch);
    if (roll(12) === 0) at = 0;
    else at += size;
    if (batches.length > 40) break;
  }
  return batches;
}
