import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import type { RuntimeStatus } from '#contract';
import { StatusPage } from './status-page.service.js';

/** What a monitor reads beside what its transport measures: of everybody, and so for operators. */
export class GetMeasurements extends GuardedQuery<Required<RuntimeStatus>> {}

@GuardedQueryHandler(GetMeasurements, () => ({ permissions: [], operators: true, action: 'metrics.read' }))
export class GetMeasurementsHandler implements IQueryHandler<GetMeasurements> {
  constructor(private readonly page: StatusPage) {}

  /** @throws {MeshError} `unavailable` if the database is away */
  execute({ scope: { tenant } }: GetMeasurements): Promise<Required<RuntimeStatus>> {
    return this.page.read(tenant);
  }
}
