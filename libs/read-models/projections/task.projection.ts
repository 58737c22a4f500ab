import type { Cursor } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { LogProjection } from './log.projection.js';
import type { Gap, TaskFact } from './next-events.js';
import type { Placed } from './projection.js';

/** A projection of the events of tasks. */
export abstract class TaskProjection extends LogProjection<TaskFact> {
  constructor(private readonly store: EventStore) {
    super();
  }

  override async read(after: Cursor, limit: number): Promise<readonly Placed<TaskFact>[]> {
    const commits = await this.store.tail(after, limit);
    return commits.map(({ cursor, commitId, events }) => ({ cursor, id: commitId, items: events }));
  }

  override async fill(gaps: readonly Gap[]): Promise<readonly TaskFact[]> {
    const filled: TaskFact[] = [];
    for (const gap of gaps) filled.push(...(await this.missing(gap)));
    return filled;
  }

  private async missing({ tenant, taskId, after, before }: Gap): Promise<readonly TaskFact[]> {
    const count = before - after - 1;
    const history = await this.store.history(taskId, after, count);
    if (history.length < count) {
      throw new MeshError(
        'internal',
        `version ${before} of task ${taskId} was delivered, but the log has no version ${before - 1}`,
      );
    }
    return history.map((event) => ({ tenant, taskId, event }));
  }
}
