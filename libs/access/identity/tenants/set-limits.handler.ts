import type { ICommandHandler } from '@nestjs/cqrs';
import { decode } from '#contract';
import { GuardedHandler } from '../../guarded-handler.decorator.js';
import { GuardedCommand } from '../../guarded.request.js';
import { limitsSchema } from './limits.js';
import type { Limits, VersionedLimits } from './limits.js';
import { TenantLimits } from './tenant-limits.service.js';

/** Replaces the limits of the caller's tenant. `expected` is the version they were read at; none replaces any. */
export class SetLimits extends GuardedCommand<VersionedLimits> {
  constructor(
    readonly limits: Limits,
    readonly expected?: number,
  ) {
    super();
  }
}

@GuardedHandler(SetLimits, () => ({
  permissions: ['admin:all'],
  about: { type: 'limits', id: 'tenant' },
  recorded: true,
  action: 'limits.change',
}))
export class SetLimitsHandler implements ICommandHandler<SetLimits> {
  constructor(private readonly stored: TenantLimits) {}

  async execute({ limits, expected, cause: { actor } }: SetLimits): Promise<VersionedLimits> {
    return this.stored.put(actor.tenant, decode(limitsSchema, limits), expected);
  }
}
