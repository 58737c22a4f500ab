import { randomUUID } from 'node:crypto';
import { SilentLogger, SystemClock } from '#contract';
import type { Beat, BeatAnswer, Clock, ControlPlane, Grant, Logger, Push, Stop } from '#contract';
import type { Executor } from './executor.js';
import { Heart } from './heart.js';
import { RecentEpochs } from './recent-epochs.js';
import { TaskRun } from './task-run.js';
import { Workspaces } from './workspace/workspaces.js';

export type WorkerOptions = Readonly<{
  controlPlane: ControlPlane;
  workerId: string;
  /** Who runs the tasks of an agent, by agent id. */
  executors: ReadonlyMap<string, Executor>;
  /** The folder of tasks that name no workspace. @default an empty one each */
  workspace?: string | undefined;
  /** Where tasks get their folders, and what they work on is cached: no other worker's. @default a temporary folder */
  workRoot?: string | undefined;
  /** Whether an agent's tasks leave a diff of their workspace. @default none do, unless they ask for it */
  leavesDiff?: ((agentId: string) => boolean) | undefined;
  /** Folders and files that no diff shows, although a workspace holds them. */
  hidden?: readonly string[] | undefined;
  /** How many tasks run at once. @default 10 */
  slots?: number | undefined;
  labels?: readonly string[] | undefined;
  clock?: Clock | undefined;
  logger?: Logger | undefined;
}>;

const DEFAULT_SLOTS = 10;
const DEFAULT_DRAIN_MS = 30_000;
/** As long as a worker that stops tries to say what it hands back. */
const HAND_BACK_MS = 5_000;
const STOPS = 'this worker stops';

/** Takes leases, runs agents, reports. Knows the control plane, and neither log nor database. */
export class Worker {
  private readonly boot = randomUUID();
  private readonly runs = new Map<string, TaskRun>();
  private readonly recent = new RecentEpochs();
  private readonly heart: Heart;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly slots: number;
  private readonly workspaces: Workspaces;
  private lastHeardMs: number | null = null;
  private leaseTimer: NodeJS.Timeout | null = null;
  private draining = false;
  private stopListening: Stop = () => Promise.resolve();

  constructor(private readonly options: WorkerOptions) {
    this.clock = options.clock ?? new SystemClock();
    this.logger = options.logger ?? new SilentLogger();
    this.slots = options.slots ?? DEFAULT_SLOTS;
    const { workRoot: root, workspace: shared, leavesDiff, hidden } = options;
    this.workspaces = new Workspaces({ root, shared, leavesDiff, hidden });
    this.heart = new Heart({
      controlPlane: options.controlPlane,
      clock: this.clock,
      logger: this.logger,
      beat: () => this.beat(),
      onAnswer: (answer, beat, sentAtMs) => this.renewed(answer, beat, sentAtMs),
    });
  }

  /** Resolves when it listens; the first beat follows at once. */
  async start(): Promise<void> {
    const { controlPlane, workerId } = this.options;
    await this.workspaces.open();
    await Promise.all(this.executors().map((executor) => executor.open()));
    this.stopListening = await controlPlane.onPush(workerId, (push) => this.pushed(push));
    controlPlane.onReconnect(() => this.heart.now());
    this.heart.now();
  }

  /**
   * Takes no more and waits for what runs, at most `drainMs`; then ends the rest and hands their tasks back, to go on
   * elsewhere.
   */
  async stop({ drainMs = DEFAULT_DRAIN_MS }: Readonly<{ drainMs?: number }> = {}): Promise<void> {
    this.draining = true;
    this.heart.now();
    await this.endedWithin(drainMs);
    for (const run of this.runs.values()) run.handBack(STOPS);
    await this.endedWithin(HAND_BACK_MS);
    this.heart.stop();
    if (this.leaseTimer) clearTimeout(this.leaseTimer);
    const runs = [...this.runs.values()];
    for (const run of runs) run.lose(STOPS); // nobody hears us: their leases will end
    await Promise.all(runs.map((run) => run.ended));
    await this.stopListening();
    await Promise.all(this.executors().map((executor) => executor.close()));
    await this.workspaces.close();
  }

  /** Each once: one may run the tasks of several agents. */
  private executors(): readonly Executor[] {
    return [...new Set(this.options.executors.values())];
  }

  private async endedWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([patience, Promise.all([...this.runs.values()].map((run) => run.ended))]);
    clearTimeout(timer);
  }

  private beat(): Beat {
    const { executors, labels = [], workerId } = this.options;
    const held = [...this.runs].filter(([, run]) => run.held);
    return {
      workerId,
      boot: this.boot,
      free: this.draining ? 0 : Math.max(0, this.slots - this.runs.size),
      labels: [...labels],
      agents: [...executors.keys()],
      held: held.map(([taskId, run]) => [taskId, run.epoch]),
      ...(this.draining ? { draining: true } : {}),
    };
  }

  /** What a beat named is renewed from the time it was sent, if it is still the same attempt. */
  private renewed({ leaseMs, fenced }: BeatAnswer, { held }: Beat, sentAtMs: number): void {
    this.lastHeardMs = Math.max(this.lastHeardMs ?? sentAtMs, sentAtMs);
    for (const [taskId, epoch] of held) {
      const run = this.runs.get(taskId);
      if (run?.epoch !== epoch) continue;
      if (fenced.includes(taskId)) run.lose('the control plane gave the task to another');
      else run.lease.renew(sentAtMs, leaseMs);
    }
    this.watchLeases();
  }

  private pushed(push: Push): void {
    if (push.type === 'beat') return this.heart.now();
    if (push.type === 'grant') return this.granted(push.grant);
    const run = this.runs.get(push.taskId);
    if (run && run.epoch <= push.epoch) run.lose(push.reason);
    this.recent.remember(push.taskId, push.epoch); // its grant may be behind it
  }

  /** Refused grants are sent again or expire; a worker that stops hands them back at once. A repeated one is answered by the beat that holds it. */
  private granted(grant: Grant): void {
    const old = this.runs.get(grant.taskId);
    this.heart.now();
    if (this.recent.knows(grant.taskId, grant.epoch) || !this.hasRoom(old)) return;
    const leaseEndMs = (this.lastHeardMs ?? this.heart.lastSentMs) + grant.leaseMs;
    if (leaseEndMs <= this.clock.monotonicMs()) return; // it waited here while we were stopped or cut off
    this.recent.remember(grant.taskId, grant.epoch);
    old?.lose('a newer lease replaced it');
    this.run(grant, leaseEndMs, old?.ended);
    if (this.draining) this.runs.get(grant.taskId)?.handBack(STOPS);
  }

  private hasRoom(replaced: TaskRun | undefined): boolean {
    return this.draining || replaced !== undefined || this.runs.size < this.slots;
  }

  private run(grant: Grant, leaseEndMs: number, after: Promise<void> | undefined): void {
    const { controlPlane, executors, workerId } = this.options;
    const { clock, logger, workspaces } = this;
    const executor = executors.get(grant.agentId);
    const run = new TaskRun({
      grant,
      executor,
      controlPlane,
      workerId,
      workspaces,
      clock,
      logger,
      leaseEndMs,
      after,
    });
    this.runs.set(grant.taskId, run);
    if (!this.leaseTimer) this.watchLeases();
    void this.freeWhenEnded(grant.taskId, run);
  }

  private async freeWhenEnded(taskId: string, run: TaskRun): Promise<void> {
    await run.ended;
    if (this.runs.get(taskId) === run) this.runs.delete(taskId);
    this.heart.now();
  }

  /** Gives up what was not renewed in time, and looks again when the next lease may end. */
  private watchLeases(): void {
    if (this.leaseTimer) clearTimeout(this.leaseTimer);
    this.leaseTimer = null;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const run of this.runs.values()) {
      if (run.lease.remainingMs <= 0) run.lose('its lease ended');
      else nextMs = Math.min(nextMs, run.lease.remainingMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY)
      this.leaseTimer = setTimeout(() => this.watchLeases(), Math.ceil(nextMs));
  }
}
