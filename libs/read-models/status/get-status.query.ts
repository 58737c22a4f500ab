import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import { DEFAULT_TENANT } from '#contract';
import type { RuntimeStatus } from '#contract';
import { StatusPage } from './status-page.service.js';
import { toldToTenants } from './status-of.js';

/** How the runtime is: the caller's tenant's tasks, and, for the default tenant's people, the parts that serve all. */
export class GetStatus extends GuardedQuery<RuntimeStatus> {}

@GuardedQueryHandler(GetStatus, () => ({ permissions: [], action: 'status.read' }))
export class GetStatusHandler implements IQueryHandler<GetStatus> {
  constructor(private readonly page: StatusPage) {}

  /** @throws {MeshError} `unavailable` if the database is away */
  async execute({ scope: { tenant } }: GetStatus): Promise<RuntimeStatus> {
    if (tenant === DEFAULT_TENANT) return this.page.read(tenant);
    return toldToTenants(await this.page.read(tenant, tenant));
  }
}
