import type { ICommandHandler } from '@nestjs/cqrs';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { MachineTokens } from './machine-tokens.service.js';

/** Ends a machine token at once. */
export class RevokeToken extends GuardedCommand<void> {
  constructor(readonly tokenId: string) {
    super();
  }
}

@GuardedHandler(RevokeToken, ({ tokenId }) => ({
  permissions: [],
  resource: { type: 'token', id: tokenId },
  recorded: true,
  action: 'token.revoke',
}))
export class RevokeTokenHandler implements ICommandHandler<RevokeToken> {
  constructor(
    private readonly callers: Callers,
    private readonly tokens: MachineTokens,
  ) {}

  async execute({ tokenId, cause: { actor } }: RevokeToken): Promise<void> {
    await this.callers.refuseMachineUnless(actor, 'admin:all', tokenId, 'revoke others');
    await this.tokens.revoke(actor.tenant, tokenId);
  }
}
