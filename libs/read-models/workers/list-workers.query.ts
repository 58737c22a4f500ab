import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import type { WorkerInfo } from '#contract';
import { answering } from '#event-store';
import { WorkerDirectory } from './worker-directory.service.js';

/** The workers heard of in the last day. They serve all tenants: for operators. */
export class ListWorkers extends GuardedQuery<readonly WorkerInfo[]> {}

@GuardedQueryHandler(ListWorkers, () => ({ permissions: [], operators: true, action: 'worker.list' }))
export class ListWorkersHandler implements IQueryHandler<ListWorkers> {
  constructor(private readonly workers: WorkerDirectory) {}

  execute(): Promise<readonly WorkerInfo[]> {
    return answering(() => this.workers.list());
  }
}
