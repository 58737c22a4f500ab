import type { ICommandHandler } from '@nestjs/cqrs';
import { MeshError } from '#errors';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { Sessions } from './sessions.service.js';

/** Ends a session: one's own, or any with `session:manage`. */
export class EndSession extends GuardedCommand<void> {
  constructor(readonly sessionId: string) {
    super();
  }
}

@GuardedHandler(EndSession, ({ sessionId }) => ({
  permissions: [],
  resource: { type: 'session', id: sessionId },
  recorded: true,
  action: 'session.end',
}))
export class EndSessionHandler implements ICommandHandler<EndSession> {
  constructor(
    private readonly callers: Callers,
    private readonly sessions: Sessions,
  ) {}

  /** @throws {MeshError} `illegal_transition` if it has ended before */
  async execute({ sessionId, cause: { actor } }: EndSession): Promise<void> {
    await this.callers.refuseMachineUnless(actor, 'session:manage', sessionId, 'end other sessions');
    const ended = await this.sessions.end({ tenant: actor.tenant, id: sessionId });
    if (ended.length === 0)
      throw new MeshError('illegal_transition', `session ${sessionId} has ended before`);
  }
}
