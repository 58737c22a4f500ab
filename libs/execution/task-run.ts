import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, ControlPlane, Grant, Logger } from '#contract';
import { MeshError, isMeshError, messageOf } from '#errors';
import type { ErrorCode } from '#errors';
import type { Executor, Outcome } from './executor.js';
import { Lease } from './lease.js';
import { Reporter } from './reporter.js';
import { Transfer } from './workspace/transfer.js';
import { NOWHERE } from './workspace/workspaces.js';
import type { Place, Workspaces } from './workspace/workspaces.js';

export type TaskRunOptions = Readonly<{
  grant: Grant;
  executor: Executor | undefined;
  controlPlane: ControlPlane;
  workerId: string;
  workspaces: Workspaces;
  clock: Clock;
  logger: Logger;
  /** When the lease ends unless renewed, by the clock's `monotonicMs`. */
  leaseEndMs: number;
  /** The attempt this one replaces: it must be gone before this one starts. */
  after?: Promise<void> | undefined;
}>;

const ASK_AGAIN_MS = 500;

/** The control plane was not heard: ask again. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['unavailable', 'deadline_exceeded']);

/** The attempt is over, or nobody knows: the task is tried again elsewhere, not failed. */
const LOST: ReadonlySet<ErrorCode> = new Set([...AWAY, 'fenced']);

/** One attempt at one task, from its grant until nothing of it is left. */
export class TaskRun {
  readonly lease: Lease;
  /** Resolves when it is over: all reported and all processes gone. Never rejects. */
  readonly ended: Promise<void>;

  private readonly abort = new AbortController();
  private readonly reporter: Reporter;
  private readonly lost = new AbortController();
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
    this.lost.abort(new MeshError('fenced', why));
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
    const { output, artifacts } = outcome.data;
    return { type: 'Failed', data: { error, ...defined({ output, artifacts }) } };
  }

  private async execute(): Promise<Outcome | null> {
    const { executor, grant, workspaces } = this.options;
    if (!executor) return failed(`this worker has no agent "${grant.agentId}"`);
    const emit = this.reporter.add.bind(this.reporter);
    try {
      const { signal } = this.abort;
      const useSkill = (skillId: string) => this.useSkill(skillId);
      const attempt = { grant, signal, emit, transfer: this.transfer() };
      const run = (place: Place) =>
        executor.run(grant, { ...place, signal, emit, useSkill, lease: this.lease });
      return await (executor.worksOnFiles ? workspaces.use(attempt, run) : run(NOWHERE));
    } catch (error) {
      const lost = isMeshError(error) && LOST.has(error.code);
      if (!lost && !this.over) return failed(messageOf(error));
      this.lose(messageOf(error));
      return null;
    }
  }

  /** Goes on after a timeout: what was left until then is kept. */
  private transfer(): Transfer {
    const { controlPlane, grant, workerId } = this.options;
    return new Transfer({ controlPlane, workerId, grant, signal: this.lost.signal });
  }

  /** Asks until it is answered: a control plane that is away neither allows nor denies. */
  private async useSkill(skillId: string): Promise<void> {
    const { controlPlane, grant, workerId } = this.options;
    const { taskId, epoch } = grant;
    for (;;) {
      try {
        const { allowed, reason } = await controlPlane.useSkill({ workerId, taskId, epoch, skillId });
        if (allowed) return;
        throw new MeshError('access_denied', `the skill ${skillId} may not be used: ${reason}`);
      } catch (error) {
        if (this.over || !isMeshError(error) || !AWAY.has(error.code)) throw error;
        await pause(ASK_AGAIN_MS, undefined, { signal: this.abort.signal });
      }
    }
  }
}

const defined = <Fields extends object>(fields: Fields): Partial<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;

const failed = (error: string): Outcome => ({ type: 'Failed', data: { error: error.slice(0, 4096) } });
