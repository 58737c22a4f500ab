import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import type { RecordAsked, RecordPage } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { recordPageOf } from './record-page.js';

/** A worker asks what earlier attempts at the task it holds have finished. */
export class ReadRecord extends GuardedQuery<RecordPage> {
  constructor(readonly asked: RecordAsked) {
    super();
  }
}

/** Events read for one page: its answer must fit in a message. */
const PAGE = 200;

@GuardedQueryHandler(ReadRecord, ({ asked }) => ({
  internal: 'worker',
  resource: aTask(asked.taskId),
  action: 'task.record',
}))
export class ReadRecordHandler implements IQueryHandler<ReadRecord> {
  constructor(private readonly store: EventStore) {}

  /** @throws {MeshError} `fenced` if the task is not, or no longer, this worker's */
  async execute({ asked: { taskId, workerId, epoch, after } }: ReadRecord): Promise<RecordPage> {
    const stored = await this.store.load(taskId);
    if (stored?.task.lease?.epoch !== epoch || stored.task.lease.workerId !== workerId)
      throw new MeshError('fenced', `worker ${workerId} no longer holds this task under epoch ${epoch}`);
    return recordPageOf(await this.store.history(taskId, after, PAGE), PAGE);
  }
}
