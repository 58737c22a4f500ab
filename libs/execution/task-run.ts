import type { Clock, ControlPlane, Grant, Logger } from '#contract';
import { MeshError, isMeshError, messageOf } from '#errors';
import type { ErrorCode } from '#errors';
import { merged } from '#task';
import type { WorkerFact } from '#task';
import type { ExecutionContext, Executor, Outcome, SkillPurpose } from './executor.js';
import { Lease } from './lease.js';
import { Reporter } from './reporter.js';
import { shownWhole } from './shown-whole.js';
import { Steps } from './steps/steps.js';
import { AWAY, untilAnswered } from './until-answered.js';
import { Transfer } from './workspace/transfer.js';
import { NOWHERE } from './workspace/workspaces.js';
import type { Attempt, Place, Workspaces } from './workspace/workspaces.js';

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
  private timedOut = false;
  private handedBack: string | undefined;

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

  /** Ends the attempt and gives the task back, when its processes are gone: it never runs twice at once. */
  handBack(why: string): void {
    if (this.over) return;
    this.handedBack = why;
    this.abort.abort(new MeshError('fenced', why));
  }

  private async live(): Promise<void> {
    await this.options.after;
    if (this.over) return;
    const last = this.handedBack === undefined ? await this.begun() : released(this.handedBack);
    if (last && !this.over) await this.reporter.add(last).catch(() => {}); // fenced: nothing left to say
    this.over = true;
  }

  /** What is to be said last; null when the attempt was lost. */
  private async begun(): Promise<WorkerFact | null> {
    if (!this.options.executor?.plans) void this.reporter.add({ type: 'Started', data: {} });
    const outcome = await this.outcome();
    return this.handedBack === undefined ? outcome : released(this.handedBack); // who exits on SIGTERM has not finished
  }

  /** Null when the attempt was lost. */
  private async outcome(): Promise<Outcome | null> {
    const { timeoutMs } = this.options.grant;
    if (timeoutMs === undefined) return this.execute();
    const error = `timed out after ${timeoutMs} ms`;
    const timer = setTimeout(() => {
      this.timedOut = true;
      this.abort.abort(new MeshError('deadline_exceeded', error));
    }, timeoutMs);
    const outcome = await this.execute();
    clearTimeout(timer);
    if (!this.timedOut || !outcome) return outcome;
    const { output, artifacts } = outcome.data;
    return {
      type: 'Failed',
      data: merged<Extract<Outcome, { type: 'Failed' }>['data']>({ error }, { output, artifacts }),
    };
  }

  private async execute(): Promise<Outcome | null> {
    const { executor, grant, workspaces } = this.options;
    if (!executor) return failed(`this worker has no agent "${grant.agentId}"`);
    try {
      const run = async (place: Place) =>
        this.unlessGivenBack(await executor.run(grant, this.context(place)));
      return await (executor.worksOnFiles ? workspaces.use(this.attempt(), run) : run(NOWHERE));
    } catch (error) {
      return this.outcomeOf(error);
    }
  }

  /** What an error of the executor comes to: null when the attempt was lost. */
  private outcomeOf(error: unknown): Outcome | null {
    if (this.handedBack !== undefined) return null;
    const code = isMeshError(error) ? error.code : 'internal';
    if (this.over || (LOST.has(code) && !this.timedOut)) {
      this.lose(messageOf(error));
      return null;
    }
    if (!isMeshError(error, 'rate_limited')) return failed(messageOf(error));
    const { retryAfterSeconds } = error.details;
    const retry = retryAfterSeconds === undefined ? {} : { afterMs: Math.ceil(retryAfterSeconds * 1000) };
    return { type: 'Failed', data: { ...failed(error.message).data, retry } };
  }

  /** What an attempt leaves that goes on elsewhere is of no use. */
  private unlessGivenBack(outcome: Outcome): Outcome {
    if (this.handedBack === undefined) return outcome;
    throw new MeshError('fenced', this.handedBack);
  }

  private context({ output, ...place }: Place): ExecutionContext {
    const { controlPlane, grant, workerId } = this.options;
    const { signal } = this.abort;
    const { taskId, epoch } = grant;
    const emit = output?.emit ?? this.reporter.add.bind(this.reporter);
    const suspend = this.suspend.bind(this);
    const pageAfter = (after: number) =>
      untilAnswered(() => controlPlane.record({ workerId, taskId, epoch, after }), signal);
    const steps = new Steps({ grant, emit, pageAfter, suspend });
    const isAnswered = async (key: string) => (await steps.answer(key)) !== undefined;
    return {
      ...place,
      signal,
      emit,
      isFiled: () => output?.isFiled ?? false,
      lease: this.lease,
      useSkill: (skillId, purpose) => this.useSkill(skillId, purpose),
      step: steps.step.bind(steps),
      isDone: steps.isDone.bind(steps),
      ask: steps.ask.bind(steps),
      isAnswered,
      askApproval: async (key, prompt) => {
        if (!(await isAnswered(key))) await suspend({ type: 'NeedApproval', data: { key, prompt } });
      },
    };
  }

  /** As its place knows it. What is carried to and fro goes on after a timeout: what was left until then is kept. */
  private attempt(): Attempt {
    const { controlPlane, grant, workerId } = this.options;
    const lost = this.lost.signal;
    const transfer = new Transfer({ controlPlane, workerId, grant, signal: lost });
    return { grant, signal: this.abort.signal, lost, emit: this.reporter.add.bind(this.reporter), transfer };
  }

  /** Asks until it is answered: a control plane that is away neither allows nor denies. */
  private async useSkill(skillId: string, { key = skillId, what }: SkillPurpose = {}): Promise<void> {
    const { controlPlane, grant, workerId } = this.options;
    const use = { workerId, taskId: grant.taskId, epoch: grant.epoch, skillId, key };
    const answer = await untilAnswered(() => controlPlane.useSkill(use), this.abort.signal);
    const { allowed, needsApproval, reason } = answer;
    if (needsApproval) {
      const { ttlMs } = needsApproval;
      const prompt = `Approve ${skillId} for ${grant.agentId}${what === undefined ? '' : `: ${what}`}`;
      const data = {
        key,
        skillId,
        prompt: shownWhole(prompt, MAX_PROMPT_CHARACTERS),
        ...(ttlMs === undefined ? {} : { ttlMs }),
      };
      await this.suspend({ type: 'NeedApproval', data });
    }
    if (!allowed) throw new MeshError('access_denied', `the skill ${skillId} may not be used: ${reason}`);
  }

  /** Ends the attempt with a question: whoever goes on after the answer finds it on record. */
  private async suspend(question: WorkerFact): Promise<never> {
    await this.reporter.add(question);
    const why = 'the task waits for an answer';
    this.lose(why);
    throw new MeshError('fenced', why);
  }
}

/** As long as a prompt may be, in characters that take three bytes at most. */
const MAX_PROMPT_CHARACTERS = 1300;

const failed = (error: string) => ({ type: 'Failed', data: { error: error.slice(0, 4096) } }) as const;

const released = (reason: string): WorkerFact => ({ type: 'Released', data: { reason } });
