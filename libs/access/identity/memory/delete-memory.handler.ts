import type { ICommandHandler } from '@nestjs/cqrs';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import type { Precondition } from './memory-entry.js';
import { SessionMemory } from './session-memory.service.js';

/** Has the caller's session forget a value, if the condition holds. */
export class DeleteMemory extends GuardedCommand<void> {
  constructor(
    readonly sessionId: string,
    readonly key: string,
    readonly condition: Precondition = {},
  ) {
    super();
  }
}

@GuardedHandler(DeleteMemory, ({ sessionId }) => ({
  permissions: [],
  resource: { type: 'memory', id: sessionId },
  recorded: true,
  action: 'memory.delete',
}))
export class DeleteMemoryHandler implements ICommandHandler<DeleteMemory> {
  constructor(private readonly memory: SessionMemory) {}

  execute({ sessionId, key, condition, cause: { actor } }: DeleteMemory): Promise<void> {
    return this.memory.delete({ tenant: actor.tenant, sessionId, key }, condition);
  }
}
