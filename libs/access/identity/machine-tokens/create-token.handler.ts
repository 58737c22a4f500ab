import type { ICommandHandler } from '@nestjs/cqrs';
import type { z } from 'zod';
import { decode } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { Callers } from '../callers.service.js';
import { machineTokenSchema } from './machine-token.js';
import { MachineTokens } from './machine-tokens.service.js';
import type { IssuedToken } from './machine-tokens.service.js';

/** Makes a token for a machine of the caller, with at most the roles of this session, and never admin. */
export class CreateToken extends GuardedCommand<IssuedToken> {
  constructor(readonly asked: z.input<typeof machineTokenSchema>) {
    super();
  }
}

@GuardedHandler(CreateToken, () => ({ permissions: [], recorded: true, action: 'token.create' }))
export class CreateTokenHandler implements ICommandHandler<CreateToken> {
  constructor(
    private readonly callers: Callers,
    private readonly tokens: MachineTokens,
  ) {}

  async execute({ asked, cause: { actor } }: CreateToken): Promise<IssuedToken> {
    const wanted = decode(machineTokenSchema, asked);
    this.callers.refuseMachine(actor, 'make another');
    await this.callers.refuseShortLived(actor, 'make a token');
    return this.tokens.create(await this.callers.userOf(actor), actor.roles, wanted);
  }
}
