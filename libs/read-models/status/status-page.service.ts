import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import type { RuntimeStatus } from '#contract';
import { answering } from '#event-store';
import { HealthChecks } from './health-checks.js';
import { RuntimeIdentity } from './runtime-identity.js';
import { statusOf } from './status-of.js';
import { StatusSources } from './status-sources.service.js';

/** How the runtime is, all of it: what of that anybody is told is for the queries to say. */
@Injectable()
export class StatusPage {
  constructor(
    private readonly identity: RuntimeIdentity,
    private readonly health: HealthChecks,
    private readonly sources: StatusSources,
    private readonly clock: Clock,
  ) {}

  /**
   * @param tenant whose tasks are counted
   * @param waitingOf whose waiting tasks are. @default everybody's
   * @throws {MeshError} `unavailable` if the database is away: what cannot be counted is not given as 0
   */
  async read(tenant: string, waitingOf?: string): Promise<Required<RuntimeStatus>> {
    const { version, mode, startedAt } = this.identity;
    const [parts, checks] = await answering(() =>
      Promise.all([this.sources.read(tenant, waitingOf), this.health.run()]),
    );
    return statusOf({ ...parts, checks, version, mode, startedAt, now: this.clock.now() });
  }
}
