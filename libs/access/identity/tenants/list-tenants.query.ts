import type { IQueryHandler } from '@nestjs/cqrs';
import { GuardedQueryHandler } from '../../guarded-handler.decorator.js';
import { GuardedQuery } from '../../guarded.request.js';
import { Tenants } from './tenants.service.js';
import type { Tenant } from './tenants.service.js';

/** All tenants. For operators. */
export class ListTenants extends GuardedQuery<readonly Tenant[]> {}

@GuardedQueryHandler(ListTenants, () => ({
  permissions: ['admin:all'],
  operators: true,
  recorded: true,
  action: 'tenant.list',
}))
export class ListTenantsHandler implements IQueryHandler<ListTenants> {
  constructor(private readonly tenants: Tenants) {}

  execute(): Promise<readonly Tenant[]> {
    return this.tenants.list();
  }
}
