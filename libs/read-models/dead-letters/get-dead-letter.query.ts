import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import type { TaskSubmitRequest } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import type { StoredWithText } from '#event-store';
import type { Task } from '#task';

/** What was asked of a task that was given up: submitted again, it is the same work. */
export class GetDeadLetter extends GuardedQuery<TaskSubmitRequest> {
  constructor(readonly taskId: string) {
    super();
  }
}

@GuardedQueryHandler(GetDeadLetter, ({ taskId }) => ({
  permissions: ['task:submit'],
  resource: aTask(taskId),
  action: 'dead-letter.get',
}))
export class GetDeadLetterHandler implements IQueryHandler<GetDeadLetter> {
  constructor(private readonly store: EventStore) {}

  /** @throws {MeshError} `illegal_transition` for a task that was not given up */
  async execute({ taskId }: GetDeadLetter): Promise<TaskSubmitRequest> {
    const stored = await this.store.loadWithText(taskId);
    if (!stored) throw new MeshError('not_found', `there is no task ${taskId}`);
    if (!stored.task.exhausted)
      throw new MeshError(
        'illegal_transition',
        `task ${taskId} is no dead letter: it is ${stored.task.status}`,
        {
          hint: 'only a task that was given up after its last attempt is requeued; submit any other again',
        },
      );
    return requestOf(stored);
  }
}

/** What is asked with a submit, besides its words. */
const ASKED = [
  'agentId',
  'model',
  'thinking',
  'parentTaskId',
  'metadata',
  'priority',
  'timeoutMs',
  'maxAttempts',
  'requires',
  'budget',
  'requiresApproval',
  'workspace',
] as const satisfies readonly (keyof TaskSubmitRequest & keyof Task)[];

function requestOf({ task, input }: StoredWithText): TaskSubmitRequest {
  const given = ASKED.flatMap((key) => (task[key] === undefined ? [] : [[key, task[key]] as const]));
  return { description: task.description, input, ...Object.fromEntries(given) };
}
