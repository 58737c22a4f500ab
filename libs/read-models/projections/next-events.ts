import type { FeedEvent } from '#contract';

/** What a fold needs of a feed's event. */
export type TaskFact = Pick<FeedEvent, 'tenant' | 'taskId' | 'event'>;

/** Versions `after + 1` to `before - 1` of a task were not delivered. */
export type Gap = Readonly<{ tenant: string; taskId: string; after: number; before: number }>;

export type NextEvents = Readonly<{ ready: ReadonlyMap<string, readonly TaskFact[]>; gaps: readonly Gap[] }>;

/** The facts of each task, by version, each once. */
export function byTask(facts: readonly TaskFact[]): ReadonlyMap<string, readonly TaskFact[]> {
  const groups = new Map<string, Map<number, TaskFact>>();
  for (const fact of facts) {
    const group = groups.get(fact.taskId) ?? new Map<number, TaskFact>();
    groups.set(fact.taskId, group.set(fact.event.version, fact));
  }
  return new Map(
    [...groups].map(([taskId, group]) => [
      taskId,
      [...group.values()].toSorted((a, b) => a.event.version - b.event.version),
    ]),
  );
}

/** What may be folded upon the versions a model has: version n + 1 only. What it has is dropped, a hole is named. */
export function nextEvents(
  groups: ReadonlyMap<string, readonly TaskFact[]>,
  has: (taskId: string) => number,
): NextEvents {
  const ready = new Map<string, readonly TaskFact[]>();
  const gaps: Gap[] = [];
  for (const [taskId, facts] of groups) {
    const unseen = facts.filter(({ event }) => event.version > has(taskId));
    if (unseen.length > 0) ready.set(taskId, unseen);
    gaps.push(...gapsIn(unseen, has(taskId)));
  }
  return { ready, gaps };
}

function gapsIn(facts: readonly TaskFact[], has: number): readonly Gap[] {
  return facts.flatMap(({ tenant, taskId, event }, index) => {
    const after = facts[index - 1]?.event.version ?? has;
    return event.version === after + 1 ? [] : [{ tenant, taskId, after, before: event.version }];
  });
}

/** Thrown out of a projection's transaction: nothing was written, and this must be read from the log first. */
export class GapsFound extends Error {
  override readonly name = 'GapsFound';

  constructor(readonly gaps: readonly Gap[]) {
    super(`${gaps.length} tasks have gaps`);
  }
}
