import type { IQueryHandler } from '@nestjs/cqrs';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import type { VersionedLimits } from './limits.js';
import { TenantLimits } from './tenant-limits.service.js';

/** What the caller's tenant may use at most. */
export class GetLimits extends GuardedQuery<VersionedLimits> {}

@GuardedQueryHandler(GetLimits, () => ({ permissions: ['admin:all'], recorded: true, action: 'limits.read' }))
export class GetLimitsHandler implements IQueryHandler<GetLimits> {
  constructor(private readonly limits: TenantLimits) {}

  execute({ scope: { tenant } }: GetLimits): Promise<VersionedLimits> {
    return this.limits.get(tenant);
  }
}
