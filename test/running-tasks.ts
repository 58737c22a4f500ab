import { ORIGIN } from '#contract';
import type { FeedEvent } from '#contract';
import type { EventStore } from '#event-store';
import { evolve } from '#task';
import type { Task } from '#task';
import { settled } from './settled.js';

const PAGE = 2_000;

/** Every event that was committed, in log order. */
export async function wholeLog(store: EventStore): Promise<readonly FeedEvent[]> {
  await settled(store);
  const events: FeedEvent[] = [];
  for (let after = ORIGIN; ;) {
    const page = await store.tail(after, PAGE);
    const last = page.at(-1);
    if (!last) return events;
    for (const commit of page) events.push(...commit.events);
    after = last.cursor;
  }
}

/** How many tasks of each group ran at once at the worst moment: held by a worker, as the log tells it. */
export function mostAtOnce(
  log: readonly FeedEvent[],
  groupOf: (task: Task) => string,
): ReadonlyMap<string, number> {
  const tasks = new Map<string, Task>();
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  for (const { taskId, event } of log) {
    const before = tasks.get(taskId) ?? null;
    const after = evolve(before, event);
    tasks.set(taskId, after);
    const change = Number(after.lease !== undefined) - Number(before?.lease !== undefined);
    const group = groupOf(after);
    const now = (running.get(group) ?? 0) + change;
    running.set(group, now);
    most.set(group, Math.max(most.get(group) ?? 0, now));
  }
  return most;
}

/** How often each task was given to a worker. */
export function grants(log: readonly FeedEvent[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { taskId, event } of log)
    if (event.type === 'LeaseGranted') counts.set(taskId, (counts.get(taskId) ?? 0) + 1);
  return counts;
}
