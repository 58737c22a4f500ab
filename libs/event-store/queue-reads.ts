import type { LeasedTask, Moves, QueuedTask } from './event-store.js';
import { leasedOf, queuedOf } from './log-rows.js';
import type { LeaseRow, MoveRow, QueueRow, SnapshotRow } from './log-rows.js';
import { afterMark, markOf, movesOf } from './moves.js';
import * as sql from './read.sql.js';

/** Runs a named statement that only reads. */
export type Read = <Row>(name: string, text: string, values: unknown[]) => Promise<Row[]>;

/** What can be asked of the queue; the port's words are in event-store.ts. */
export class QueueReads {
  constructor(private readonly read: Read) {}

  async queued(afterPlace: number, limit: number): Promise<readonly QueuedTask[]> {
    return (await this.read<QueueRow>('queued', sql.QUEUED, [afterPlace, limit])).map(queuedOf);
  }

  async moves(mark: string | null): Promise<Moves> {
    if (mark !== null)
      return movesOf(mark, await this.read<MoveRow>('moves', sql.MOVES, [...afterMark(mark)]));
    const [here] = await this.read<SnapshotRow>('snapshot', sql.SNAPSHOT, []);
    return { mark: here ? markOf(here) : '', tasks: [], isComplete: true };
  }

  async position(taskId: string): Promise<number | null> {
    const [row] = await this.read<{ position: number }>('position', sql.POSITION, [taskId]);
    return row?.position ?? null;
  }

  async perTenant(): Promise<ReadonlyMap<string, number>> {
    type Row = Readonly<{ tenant: string; tasks: number }>;
    const rows = await this.read<Row>('waiting-per-tenant', sql.WAITING_PER_TENANT, []);
    return new Map(rows.map(({ tenant, tasks }) => [tenant, tasks]));
  }

  async leased(): Promise<readonly LeasedTask[]> {
    return (await this.read<LeaseRow>('leased', sql.LEASED, [])).map(leasedOf);
  }

  async unfinished(tenant: string, sessionId: string, limit: number): Promise<readonly string[]> {
    const rows = await this.read<{ task_id: string }>('unfinished', sql.UNFINISHED, [
      tenant,
      sessionId,
      limit,
    ]);
    return rows.map((row) => row.task_id);
  }

  async depth(tenant?: string): Promise<Readonly<{ ready: number; leased: number }>> {
    const values = [tenant ?? null];
    const [row] = await this.read<{ ready: number; leased: number }>('queue-depth', sql.QUEUE_DEPTH, values);
    return row ?? { ready: 0, leased: 0 };
  }
}
