import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EventStore } from '#event-store';
import { ProjectionMonitor } from '../projections/projection-monitor.service.js';
import { TaskTotalRow } from '../task-state/task-state.entity.js';
import { WorkerDirectory } from '../workers/worker-directory.service.js';

/** What the status page counts, each by a query that does not grow with the number of tasks. */
@Injectable()
export class StatusSources {
  constructor(
    private readonly db: DataSource,
    private readonly store: EventStore,
    private readonly workers: WorkerDirectory,
    private readonly monitor: ProjectionMonitor,
  ) {}

  /** @param waitingOf whose waiting tasks are counted. @default everybody's */
  async read(tenant: string, waitingOf?: string) {
    const [totals, workers, depth, projections] = await Promise.all([
      this.db.getRepository(TaskTotalRow).findBy({ tenant }),
      this.workers.list(),
      this.store.queueDepth(waitingOf),
      this.monitor.status(),
    ]);
    return { totals, workers, queueDepth: depth.ready, projections };
  }
}
