import { evolve } from '#task';
import type { Task, TaskEvent, TaskStatus } from '#task';
import type { TaskFact } from '../projections/next-events.js';

/** A task as lists see it: the fold of its history, with its input and output. */
export type TaskView = Readonly<{
  tenant: string;
  taskId: string;
  task: Task;
  input: string;
  output: string | null;
}>;

/** Folds one fact into the view. Pure; the caller sees to the order. */
export function project(view: TaskView | null, { tenant, taskId, event }: TaskFact): TaskView {
  return {
    tenant,
    taskId,
    task: evolve(view?.task ?? null, event),
    input: event.type === 'TaskSubmitted' ? event.data.input : (view?.input ?? ''),
    output: outputOf(event) ?? view?.output ?? null,
  };
}

const outputOf = (event: TaskEvent): string | undefined =>
  event.type === 'TaskCompleted' || event.type === 'TaskFailed' ? event.data.output : undefined;

/** How many more tasks (or fewer) a tenant has in a status. */
export type TotalChange = Readonly<{ tenant: string; status: TaskStatus; change: number }>;

/** What a batch of changed views does to the totals. */
export function totalChanges(
  changed: readonly Readonly<{ tenant: string; before: TaskStatus | null; after: TaskStatus }>[],
): readonly TotalChange[] {
  const totals = new Map<string, TotalChange>();
  const add = (tenant: string, status: TaskStatus, change: number) => {
    const key = JSON.stringify([tenant, status]);
    totals.set(key, { tenant, status, change: (totals.get(key)?.change ?? 0) + change });
  };
  for (const { tenant, before, after } of changed) {
    add(tenant, after, 1);
    if (before) add(tenant, before, -1);
  }
  return [...totals.values()].filter(({ change }) => change !== 0);
}
