import type { ICommandHandler } from '@nestjs/cqrs';
import { decode } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { memoryKeySchema, memoryValueSchema } from './memory-entry.js';
import type { MemoryEntry, MemoryValue, Precondition } from './memory-entry.js';
import { SessionMemory } from './session-memory.service.js';

/** Has the caller's session remember a value, if the condition holds. */
export class PutMemory extends GuardedCommand<MemoryEntry> {
  constructor(
    readonly sessionId: string,
    readonly key: string,
    readonly value: MemoryValue,
    readonly condition: Precondition = {},
  ) {
    super();
  }
}

@GuardedHandler(PutMemory, ({ sessionId }) => ({
  permissions: [],
  resource: { type: 'memory', id: sessionId },
  recorded: true,
  action: 'memory.write',
}))
export class PutMemoryHandler implements ICommandHandler<PutMemory> {
  constructor(private readonly memory: SessionMemory) {}

  async execute({ sessionId, condition, cause: { actor }, ...asked }: PutMemory): Promise<MemoryEntry> {
    const key = decode(memoryKeySchema, asked.key);
    const value = decode(memoryValueSchema, asked.value);
    return this.memory.put({ tenant: actor.tenant, sessionId, key }, value, condition);
  }
}
