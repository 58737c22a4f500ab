import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import { answering } from '#event-store';
import type { ProjectionStatus } from './projection.js';
import { ProjectionMonitor } from './projection-monitor.service.js';

/** How the read models stand: for operators. */
export class GetProjections extends GuardedQuery<readonly ProjectionStatus[]> {}

@GuardedQueryHandler(GetProjections, () => ({
  permissions: ['config:read'],
  operators: true,
  action: 'projection.read',
}))
export class GetProjectionsHandler implements IQueryHandler<GetProjections> {
  constructor(private readonly monitor: ProjectionMonitor) {}

  execute(): Promise<readonly ProjectionStatus[]> {
    return answering(() => this.monitor.status());
  }
}
