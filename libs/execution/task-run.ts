import type { Clock, ControlPlane, Grant, Logger } from '#contract';
import { MeshError, isMeshError, messageOf } from '#errors';
import type { Executor, Outcome } from './executor.js';
import { Lease } from './lease.js';
import { Reporter } from './reporter.js';

export type TaskRunOptions = Readonly<{
  grant: Grant;
  executor: Executor | undefined;
  controlPlane: ControlPlane;
  workerId: string;
  workspace: string;
  clock: Clock;
  logger: Logger;
  /** When the lease ends unless renewed, by the clock's `monotonicMs`. */
  leaseEndMs: number;
  /** The attempt this one replaces: it must be gone before this one starts. */
  after?: Promise<void> | undefined;
}>;

/** One attempt at one task, from its grant until nothing of it is left. */
export class TaskRun {
  readonly lease: Lease;
  /** Resolves when it is over: all reported and all processes gone. Never rejects. */
  readonly ended: Promise<void>;

  private readonly abort = new AbortController();
  private readonly reporter: Reporter;
  private over = false;

  constructor(private readonly options: TaskRunOptions) {
    const { controlPlane, workerId, grant, clock, leaseEndMs } = options;
    this.lease = new Lease(clock, leaseEndMs);
    this.reporter = new Reporter(controlPlane, workerId, grant, (why) => this.lose(why));
    this.ended = this.live();
  }

  get epoch(): number {
    return this.options.grant.epoch;
  }

  /** False once it is no longer ours to run, though it may still be dying. */
  get held(): boolean {
    return !this.over;
  }

  /** Ends the attempt without another word: somebody else has the task, or will. */
  lose(why: string): void {
    if (this.over) return;
    this.over = true;
    const { grant, logger } = this.options;
    logger.info('attempt given up', { taskId: grant.taskId, epoch: grant.epoch, why });
    this.reporter.close(why);
    this.abort.abort(new MeshError('fenced', why));
  }

  private async live(): Promise<void> {
    await this.options.after;
    if (this.over) return;
    void this.reporter.add({ type: 'Started', data: {} });
    const outcome = await this.outcome();
    if (outcome && !this.over) await this.reporter.add(outcome).catch(() => {}); // fenced: nothing left to say
    this.over = true;
  }

  /** Null when the attempt was lost. */
  private async outcome(): Promise<Outcome | null> {
    const { timeoutMs } = this.options.grant;
    if (timeoutMs === undefined) return this.execute();
    const error = `timed out after ${timeoutMs} ms`;
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      timeout.abort();
      this.abort.abort(new MeshError('deadline_exceeded', error));
    }, timeoutMs);
    const outcome = await this.execute();
    clearTimeout(timer);
    if (!timeout.signal.aborted || !outcome) return outcome;
    const { output } = outcome.data;
    return { type: 'Failed', data: { error, ...(output === undefined ? {} : { output }) } };
  }

  private async execute(): Promise<Outcome | null> {
    const { executor, grant, workspace } = this.options;
    if (!executor) return failed(`this worker has no agent "${grant.agentId}"`);
    const emit = this.reporter.add.bind(this.reporter);
    try {
      return await executor.run(grant, { signal: this.abort.signal, emit, workspace, lease: this.lease });
    } catch (error) {
      if (!isMeshError(error, 'unavailable') && !this.over) return failed(messageOf(error));
      this.lose(messageOf(error));
      return null;
    }
  }
}

const failed = (error: string): Outcome => ({ type: 'Failed', data: { error: error.slice(0, 4096) } });
