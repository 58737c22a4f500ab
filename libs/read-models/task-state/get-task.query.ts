import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import { Clock, isUuid, taskStateOf } from '#contract';
import type { TaskState } from '#contract';
import { MeshError } from '#errors';
import { EventStore, answering } from '#event-store';
import { placementOf } from '#task';
import type { Task } from '#task';
import { WorkerDirectory } from '../workers/worker-directory.service.js';
import { waitingFor } from './place-in-queue.js';
import type { PlaceInQueue } from './place-in-queue.js';

/**
 * A task as it is now: your own write included. `null` if there is none, or it is another tenant's.
 * `atLeast` asks for this version or a later one, and is refused as `unavailable` while there is none.
 */
export class GetTask extends GuardedQuery<TaskState | null> {
  constructor(
    readonly taskId: string,
    readonly atLeast?: number,
  ) {
    super();
  }
}

@GuardedQueryHandler(GetTask, ({ taskId }) => ({
  permissions: ['task:read'],
  resource: aTask(taskId),
  action: 'task.read',
}))
export class GetTaskHandler implements IQueryHandler<GetTask> {
  constructor(
    private readonly store: EventStore,
    private readonly workers: WorkerDirectory,
    private readonly clock: Clock,
  ) {}

  async execute({ taskId, atLeast = 0, scope }: GetTask): Promise<TaskState | null> {
    const stored = isUuid(taskId) ? await this.store.loadWithText(taskId) : null;
    if (stored?.tenant !== scope.tenant) return null;
    const { task, input, output } = stored;
    if (task.version < atLeast) {
      throw new MeshError(
        'unavailable',
        `task ${taskId} is at version ${task.version}, not yet at ${atLeast}`,
        { retryAfterSeconds: 1 },
      );
    }
    const queue = placementOf(task) === 'ready' ? await this.placeOf(taskId, task) : null;
    return { ...taskStateOf(taskId, task, input, output), ...(queue && { queue }) };
  }

  /** None if a worker has taken it meanwhile. */
  private async placeOf(taskId: string, task: Task): Promise<PlaceInQueue | null> {
    const [position, workers] = await Promise.all([
      this.store.positionInQueue(taskId),
      answering(() => this.workers.list()),
    ]);
    if (position === null) return null;
    const reason = waitingFor(task, workers, this.clock.now().toISOString());
    return { position, ...(reason !== undefined && { waitingFor: reason }) };
  }
}
