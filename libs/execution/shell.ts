import { SystemClock } from '#contract';
import type { Clock, Grant } from '#contract';
import { MeshError } from '#errors';
import { Executor } from './executor.js';
import type { ExecutionContext, Outcome } from './executor.js';
import type { RateOptions } from './output/rate-limit.js';
import { TaskOutput } from './output/task-output.js';
import type { Processes } from './sandbox/processes.js';
import type { SandboxEnd } from './supervisor.js';

export type ShellOptions = Readonly<{
  /** What starts the commands, for as long as the executor is open: it does not close it. */
  processes: Processes;
  /** How much a task may print: 64 KiB/s with a burst of 1 MiB, beyond which its pipe is blocked. */
  rate?: RateOptions | undefined;
  /** Between SIGTERM and SIGKILL when a task is cancelled or times out. @default 200 */
  graceMs?: number | undefined;
  clock?: Clock | undefined;
}>;

/** The skill that running a command is. */
const SKILL = 'shell-exec';

/**
 * Runs the input with `sh` in the workspace, in a box owned by the supervisor. The task completes with exit code 0 and
 * fails with any other, by a signal or for a limit; either way its output is the last 256 KiB of what was printed.
 */
export class ShellExecutor extends Executor {
  private readonly clock: Clock;

  constructor(private readonly options: ShellOptions) {
    super();
    this.clock = options.clock ?? new SystemClock();
  }

  override async open(): Promise<void> {
    await this.options.processes.open();
  }

  override async run(grant: Grant, context: ExecutionContext): Promise<Outcome> {
    const { artifacts, emit, isFiled, lease, signal, useSkill, workspace } = context;
    await this.options.processes.ready();
    await useSkill(SKILL, { what: grant.input });
    const output = new TaskOutput({ emit, signal, isFiled, clock: this.clock, rate: this.options.rate });
    const run = await this.options.processes.run({
      command: grant.input,
      workspace,
      artifacts,
      env: { CODERCLAW_TASK_ID: grant.taskId },
      remainingMs: lease.remainingMs,
      write: (pipe, bytes) => output.write(pipe, bytes),
    });
    lease.onRenewed(run.renew);
    const kill = () => run.kill(lease.remainingMs > 0 ? (this.options.graceMs ?? 200) : 0);
    if (signal.aborted) kill();
    signal.addEventListener('abort', kill, { once: true });
    const end = await run.ended;
    return outcomeOf(end, await output.end());
  }
}

function outcomeOf({ code, signal, leaseOver, limit }: SandboxEnd, output: string): Outcome {
  if (leaseOver) throw new MeshError('unavailable', 'the lease ended before the command did');
  if (code === 0 && limit === null) return { type: 'Completed', data: { output } };
  const how = signal ? `killed by ${signal}` : `exited with code ${code}`;
  const error = limit === null ? how : `${how}: ${limit}`;
  return { type: 'Failed', data: { error, output } };
}
