import { SystemClock } from '#contract';
import type { Clock, Grant } from '#contract';
import { MeshError } from '#errors';
import { scrubbed } from './environment.js';
import { Executor } from './executor.js';
import type { ExecutionContext, Outcome } from './executor.js';
import type { RateOptions } from './output/rate-limit.js';
import { TaskOutput } from './output/task-output.js';
import { Supervisor } from './supervisor.js';
import type { SandboxEnd } from './supervisor.js';

export type ShellOptions = Readonly<{
  /** Must be true: commands run with this user's rights, without a sandbox. @default false */
  allowBare?: boolean | undefined;
  /** How much a task may print: 64 KiB/s with a burst of 1 MiB, beyond which its pipe is blocked. */
  rate?: RateOptions | undefined;
  /** Between SIGTERM and SIGKILL when a task is cancelled or times out. @default 200 */
  graceMs?: number | undefined;
  clock?: Clock | undefined;
}>;

/** The skill that running a command is. */
const SKILL = 'shell-exec';

const NOT_ALLOWED =
  'this worker does not run shell commands: it has no sandbox, and running them bare is not allowed here; ' +
  'allow it with the setting `execution.shell: bare`';

/**
 * Runs the input with `sh` in the workspace, in a process group owned by the supervisor. The task completes with exit
 * code 0 and fails with any other or by a signal; either way its output is the last 256 KiB of what was printed.
 */
export class ShellExecutor extends Executor {
  private readonly supervisor = new Supervisor();
  private readonly clock: Clock;

  constructor(private readonly options: ShellOptions = {}) {
    super();
    this.clock = options.clock ?? new SystemClock();
  }

  override async open(): Promise<void> {
    if (this.options.allowBare) await this.supervisor.open();
  }

  override close(): Promise<void> {
    return this.supervisor.close();
  }

  override async run(grant: Grant, context: ExecutionContext): Promise<Outcome> {
    if (!this.options.allowBare) return { type: 'Failed', data: { error: NOT_ALLOWED } };
    const { artifacts, emit, lease, signal, useSkill, workspace } = context;
    await useSkill(SKILL);
    const output = new TaskOutput({ emit, signal, clock: this.clock, rate: this.options.rate });
    const run = await this.supervisor.run({
      command: grant.input,
      cwd: workspace,
      env: { ...scrubbed(process.env), CODERCLAW_TASK_ID: grant.taskId, CODERCLAW_ARTIFACTS: artifacts },
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

function outcomeOf({ code, signal, leaseOver }: SandboxEnd, output: string): Outcome {
  if (leaseOver) throw new MeshError('unavailable', 'the lease ended before the command did');
  if (code === 0) return { type: 'Completed', data: { output } };
  const error = signal ? `killed by ${signal}` : `exited with code ${code}`;
  return { type: 'Failed', data: { error, output } };
}
