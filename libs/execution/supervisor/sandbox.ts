import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { killAll, terminate } from './kill.js';
import { readProcess } from './process-table.js';
import { RUN_VARIABLE, systemMs } from './protocol.js';
import type { KillCause, Notice, Pipe, RunOrder } from './protocol.js';
import { scriptFor } from './script.js';
import type { Root } from './tree.js';

/** What the worker has not yet acknowledged of a run's output; beyond it the run's pipes are left full. */
const MAX_UNACKNOWLEDGED_BYTES = 256 * 1024;

/** One run: a shell in a session of its own, its output, its deadline, and the end of all it has started. */
export class Sandbox {
  private readonly child: ChildProcess;
  private readonly root: Root;
  private untilMs: number;
  private unacknowledged = 0;
  private killed: KillCause | null = null;
  private killing: Promise<unknown> = Promise.resolve();

  /** @param tell sends to the worker */
  constructor(
    private readonly order: RunOrder,
    private readonly tell: (notice: Notice) => void,
    onEnd: () => void,
  ) {
    this.untilMs = order.untilMs;
    const script = scriptFor(order.command);
    this.child = spawn('sh', script.argv, {
      cwd: order.cwd,
      env: { ...order.env, [RUN_VARIABLE]: order.run },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pid = this.child.pid ?? -1;
    this.root = { pid, startTicks: readProcess(pid)?.startTicks ?? 0, known: new Map() };
    void this.live().finally(() => {
      script.remove();
      onEnd();
    });
  }

  acknowledge(bytes: number): void {
    this.unacknowledged -= bytes;
    if (this.unacknowledged <= MAX_UNACKNOWLEDGED_BYTES) this.pipes((stream) => stream.resume());
  }

  renew(untilMs: number): void {
    this.untilMs = Math.max(this.untilMs, untilMs);
  }

  /** Kills the run if its lease is over. */
  checkDeadline(nowMs: number): void {
    if (this.killed !== 'lease' && nowMs >= this.untilMs) void this.kill('lease', 0);
  }

  /** Resolves when all of the run is gone. */
  kill(cause: KillCause, graceMs: number): Promise<unknown> {
    this.killed = this.killed === 'lease' ? 'lease' : cause;
    this.killing = this.end(graceMs);
    return this.killing;
  }

  private async end(graceMs: number): Promise<void> {
    if (graceMs > 0) await terminate(this.root, this.order.run, graceMs);
    await killAll(this.root, this.order.run);
  }

  private async live(): Promise<void> {
    const { run } = this.order;
    if (this.child.pid === undefined) return this.refuse();
    this.tell({ type: 'started', run, pid: this.root.pid, startTicks: this.root.startTicks });
    this.relay('stdout');
    this.relay('stderr');
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    const { code, signal } = await this.exited();
    await this.killing; // the shell may die of a SIGTERM that its children still answer
    const left = await killAll(this.root, run); // what it left behind, which may also hold its pipes open
    if (left > 0 || this.killed === 'lease') this.pipes((stream) => stream.destroy());
    await closed;
    this.tell({ type: 'ended', run, code, signal, killed: this.killed, left });
  }

  private exited(): Promise<{ code: number | null; signal: string | null }> {
    return new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  private async refuse(): Promise<void> {
    const error = await new Promise<Error>((resolve) => this.child.once('error', resolve));
    const { cwd, run } = this.order;
    const message = existsSync(cwd)
      ? `cannot start: ${error.message}`
      : `the workspace ${cwd} does not exist`;
    this.tell({ type: 'refused', run, message });
  }

  private relay(pipe: Pipe): void {
    this.child[pipe]?.on('data', (bytes: Buffer) => {
      this.unacknowledged += bytes.length;
      if (this.unacknowledged > MAX_UNACKNOWLEDGED_BYTES) this.pipes((stream) => stream.pause());
      this.tell({ type: 'output', run: this.order.run, pipe, bytes });
    });
  }

  private pipes(act: (stream: NonNullable<ChildProcess['stdout']>) => void): void {
    for (const stream of [this.child.stdout, this.child.stderr]) if (stream) act(stream);
  }
}

/** How often deadlines are looked at. */
export const DEADLINE_CHECK_MS = 50;

/** All runs of one worker. */
export class Sandboxes {
  private readonly all = new Map<string, Sandbox>();

  constructor(private readonly tell: (notice: Notice) => void) {}

  start(order: RunOrder): void {
    try {
      this.all.set(order.run, new Sandbox(order, this.tell, () => this.all.delete(order.run)));
    } catch (error) {
      const message = `cannot start: ${error instanceof Error ? error.message : String(error)}`;
      this.tell({ type: 'refused', run: order.run, message });
    }
  }

  get(run: string): Sandbox | undefined {
    return this.all.get(run);
  }

  checkDeadlines(): void {
    const nowMs = systemMs();
    for (const sandbox of this.all.values()) sandbox.checkDeadline(nowMs);
  }

  async killEverything(): Promise<void> {
    await Promise.all([...this.all.values()].map((sandbox) => sandbox.kill('lease', 0)));
  }
}
