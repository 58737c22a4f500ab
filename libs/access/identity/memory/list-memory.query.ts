import type { IQueryHandler } from '@nestjs/cqrs';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import type { MemoryKey } from './memory-entry.js';
import { SessionMemory } from './session-memory.service.js';

/** Under which keys the caller's session remembers something. */
export class ListMemory extends GuardedQuery<readonly MemoryKey[]> {
  constructor(readonly sessionId: string) {
    super();
  }
}

@GuardedQueryHandler(ListMemory, ({ sessionId }) => ({
  permissions: [],
  resource: { type: 'memory', id: sessionId },
  action: 'memory.list',
}))
export class ListMemoryHandler implements IQueryHandler<ListMemory> {
  constructor(private readonly memory: SessionMemory) {}

  execute({ sessionId, scope: { tenant } }: ListMemory): Promise<readonly MemoryKey[]> {
    return this.memory.list({ tenant, sessionId });
  }
}
