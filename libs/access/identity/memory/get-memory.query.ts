import type { IQueryHandler } from '@nestjs/cqrs';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import type { MemoryEntry } from './memory-entry.js';
import { SessionMemory } from './session-memory.service.js';

/** What the caller's session remembers under a key. */
export class GetMemory extends GuardedQuery<MemoryEntry> {
  constructor(
    readonly sessionId: string,
    readonly key: string,
  ) {
    super();
  }
}

@GuardedQueryHandler(GetMemory, ({ sessionId }) => ({
  permissions: [],
  resource: { type: 'memory', id: sessionId },
  action: 'memory.read',
}))
export class GetMemoryHandler implements IQueryHandler<GetMemory> {
  constructor(private readonly memory: SessionMemory) {}

  execute({ sessionId, key, scope: { tenant } }: GetMemory): Promise<MemoryEntry> {
    return this.memory.get({ tenant, sessionId, key });
  }
}
