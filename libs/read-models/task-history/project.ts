import { historyEventOf } from '#contract';
import type { TaskHistoryEvent } from '#contract';
import type { TaskFact } from '../projections/next-events.js';

/** Where a task's history stands: all that the next entry needs to know of the earlier ones. */
export type HistoryEnd = Readonly<{ version: number; attempt: number }>;

export type HistoryEntry = Readonly<{ tenant: string; attempt: number; event: TaskHistoryEvent }>;

/** Folds a task's next facts into the entries they become. Pure; the caller sees to the order. */
export function project(end: HistoryEnd | null, facts: readonly TaskFact[]): readonly HistoryEntry[] {
  let attempt = end?.attempt ?? 0;
  return facts.map(({ tenant, taskId, event }) => {
    if (event.type === 'LeaseGranted') attempt += 1;
    return { tenant, attempt, event: historyEventOf(taskId, event, { attempt }) };
  });
}
