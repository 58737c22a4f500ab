import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import { Clock } from '#contract';
import type { RuntimeStatus } from '#contract';
import { answering } from '#event-store';
import { HealthChecks } from './health-checks.js';
import { RuntimeIdentity } from './runtime-identity.js';
import { statusOf } from './status-of.js';
import { StatusSources } from './status-sources.service.js';

/** How the runtime is: tasks are counted in the caller's tenant, the rest is everybody's. */
export class GetStatus extends GuardedQuery<RuntimeStatus> {}

@GuardedQueryHandler(GetStatus, () => ({ permissions: [], action: 'status.read' }))
export class GetStatusHandler implements IQueryHandler<GetStatus> {
  constructor(
    private readonly identity: RuntimeIdentity,
    private readonly health: HealthChecks,
    private readonly sources: StatusSources,
    private readonly clock: Clock,
  ) {}

  /** @throws {MeshError} `unavailable` if the database is away: what cannot be counted is not given as 0 */
  async execute({ scope }: GetStatus): Promise<RuntimeStatus> {
    const { version, mode, startedAt } = this.identity;
    const [parts, checks] = await answering(() =>
      Promise.all([this.sources.read(scope.tenant), this.health.run()]),
    );
    return statusOf({ ...parts, checks, version, mode, startedAt, now: this.clock.now() });
  }
}
