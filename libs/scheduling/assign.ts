import type { QueuedTask } from '#event-store';
import type { LimitOf } from './concurrency-limits.js';
import type { LeaseBook } from './lease-book.js';

type Credits = ReturnType<LeaseBook['credits']>;

export type Assignment = Readonly<{ task: QueuedTask; workerId: string }>;

/** Who gets what, in order of arrival: the worker with most room that can run it, within the tenant's limit. */
export function assign(
  waiting: readonly QueuedTask[],
  credits: Credits,
  book: Pick<LeaseBook, 'get' | 'running'>,
  limitOf: LimitOf,
): readonly Assignment[] {
  const room = credits.map((each) => ({ ...each }));
  const running = new Map<string, number>();
  return waiting.flatMap((task) => {
    const already = running.get(task.tenant) ?? book.running(task.tenant);
    const worker = room
      .filter(({ credit, agents }) => credit > 0 && agents.includes(task.agentId))
      .reduce<(typeof room)[number] | null>(
        (best, each) => (best && best.credit >= each.credit ? best : each),
        null,
      );
    if (!worker || already >= limitOf(task.tenant) || book.get(task.taskId)) return [];
    running.set(task.tenant, already + 1);
    worker.credit--;
    return [{ task, workerId: worker.workerId }];
  });
}
