import { GrantLease, LoseAttempt } from '#commands';
import { MeshError } from '#errors';
import type { LeasedTask, QueuedTask } from '#event-store';
import type { Task } from '#task';

export const LEASE_MS = 1_000;

type Row = QueuedTask & { lease?: { workerId: string; epoch: number } };

/** The log as far as a scheduler sees it: rows that wait or are held. The real one has its own contract suite. */
export class Rows {
  readonly rows = new Map<string, Row>();
  /** While set, a grant is committed and its answer lost. */
  answersLost = false;
  epochs = 1;
  /** While set, nobody is told what has moved. */
  isSilent = false;
  private places = 0;

  add(taskId: string, more: Partial<Row> = {}): void {
    const place = ++this.places;
    const whose = { tenant: 't', sessionId: 's', agentId: 'shell' };
    const when = { priority: 5, requires: [], submittedAt: place, readyAt: null, place };
    this.rows.set(taskId, { taskId, ...whose, ...when, ...more });
  }

  readonly store = {
    queued: async (after: number, limit: number) =>
      this.waiting()
        .filter(({ place }) => place > after)
        .slice(0, limit),
    moves: async () => ({
      mark: '',
      tasks: this.isSilent ? [] : this.waiting().map((waiting) => ({ taskId: waiting.taskId, waiting })),
      isComplete: true,
    }),
    leased: async () =>
      [...this.rows.values()].flatMap(({ lease, ...row }): LeasedTask[] =>
        lease ? [{ ...row, ...lease, leaseMs: LEASE_MS }] : [],
      ),
    load: async (taskId: string) => this.stored(taskId),
    loadWithText: async (taskId: string) => this.stored(taskId),
  };

  readonly gate = {
    execute: async (_actor: unknown, command: unknown) => {
      if (command instanceof GrantLease) return this.grant(command);
      if (command instanceof LoseAttempt) delete this.rows.get(command.taskId)?.lease;
      return undefined;
    },
  };

  private waiting(): readonly QueuedTask[] {
    return [...this.rows.values()].filter(({ lease }) => !lease);
  }

  private async grant({ taskId, workerId }: GrantLease) {
    const row = this.rows.get(taskId);
    if (!row || row.lease) throw new MeshError('illegal_transition', 'not ready');
    row.lease = { workerId, epoch: ++this.epochs };
    if (this.answersLost) throw new MeshError('unavailable', 'the answer was lost');
    return { taskId, epoch: row.lease.epoch, leaseMs: LEASE_MS };
  }

  private stored(taskId: string) {
    const row = this.rows.get(taskId);
    if (!row) return null;
    const lease = row.lease && { ...row.lease, seq: 0, leaseMs: LEASE_MS };
    return {
      taskId,
      tenant: row.tenant,
      commitId: '',
      input: '',
      output: null,
      task: { ...row, lease } as unknown as Task,
    };
  }
}
