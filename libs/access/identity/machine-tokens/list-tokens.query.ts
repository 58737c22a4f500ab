import type { IQueryHandler } from '@nestjs/cqrs';
import { isUuid } from '#contract';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import type { MachineToken } from './machine-token.js';
import { MachineTokens } from './machine-tokens.service.js';

/** The caller's machine tokens, or all of the tenant; never the tokens themselves. */
export class ListTokens extends GuardedQuery<readonly MachineToken[]> {
  constructor(readonly all = false) {
    super();
  }
}

@GuardedQueryHandler(ListTokens, ({ all }) => ({
  permissions: all ? ['admin:all'] : [],
  action: 'token.list',
}))
export class ListTokensHandler implements IQueryHandler<ListTokens> {
  constructor(private readonly tokens: MachineTokens) {}

  async execute({ all, scope: { tenant, actor } }: ListTokens): Promise<readonly MachineToken[]> {
    if (all) return this.tokens.list(tenant);
    return isUuid(actor.id) ? this.tokens.list(tenant, actor.id) : [];
  }
}
