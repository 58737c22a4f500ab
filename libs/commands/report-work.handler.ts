import { Approvals, GuardedCommand, GuardedHandler, aTask } from '#access';
import type { ICommandHandler } from '#access';
import { ArtifactStore } from '#artifacts';
import type { Report } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { isFinal } from '#task';
import type { WorkerFact } from '#task';
import { execute, targetOf } from './execute.js';

/** Whether the report ended the worker's lease: it finished the task, or asked for something and waits. */
export type Reported = Readonly<{ leaseEnded: boolean }>;

/** What a worker says of the task it holds. Answered after the commit; an old epoch is `fenced`. */
export class ReportWork extends GuardedCommand<Reported> {
  constructor(readonly report: Report) {
    super();
  }
}

@GuardedHandler(ReportWork, ({ report }) => ({
  internal: 'worker',
  resource: aTask(report.taskId),
  action: 'task.report',
}))
export class ReportWorkHandler implements ICommandHandler<ReportWork> {
  constructor(
    private readonly store: EventStore,
    private readonly approvals: Approvals,
    private readonly artifacts: ArtifactStore,
  ) {}

  async execute({ report, cause }: ReportWork): Promise<Reported> {
    const { taskId, workerId, epoch, seq } = report;
    const facts = await this.withExpiry(report);
    const author = { kind: 'worker', id: workerId, epoch, seq } as const;
    const target = { ...(await targetOf(this.store, taskId)), author };
    await this.checkArtifacts(target.tenant, facts);
    const command = { type: 'Report', data: { workerId, epoch, seq, facts, jitter: Math.random() } } as const;
    const { stored } = await execute(this.store, target, command, cause);
    return { leaseEnded: isFinal(stored.task.status) || stored.task.lease === undefined };
  }

  /** How long an approval may take is the policy's to say, not the worker's. */
  private async withExpiry({ taskId, facts }: Report): Promise<readonly WorkerFact[]> {
    if (!facts.some(({ type }) => type === 'NeedApproval')) return facts;
    const stored = await this.store.peek(taskId);
    if (!stored) return facts;
    const { tenant, task } = stored;
    return Promise.all(
      facts.map(async (fact): Promise<WorkerFact> => {
        if (fact.type !== 'NeedApproval') return fact;
        const times = [fact.data.ttlMs, await this.approvals.ttlMs(tenant, task, fact.data.skillId)];
        const ttlMs = Math.min(...times.filter((ms) => ms !== undefined));
        return Number.isFinite(ttlMs) ? { ...fact, data: { ...fact.data, ttlMs } } : fact;
      }),
    );
  }

  /** @throws {MeshError} `invalid_request` for an artifact that nobody has put */
  private async checkArtifacts(tenant: string, facts: Report['facts']): Promise<void> {
    const named = facts.flatMap(({ data }) => ('artifacts' in data ? (data.artifacts ?? []) : []));
    for (const { name, digest, bytes } of named) {
      if ((await this.artifacts.use(tenant, digest)) === bytes) continue;
      throw new MeshError('invalid_request', `artifacts: "${name}" was not put before it was named`, {
        field: 'artifacts',
      });
    }
  }
}
