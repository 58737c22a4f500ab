import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { DiskWatch } from './disk-watch.js';
import { exitOfBox, fullFileSystems, limitMet } from './ending.js';
import type { Exit } from './ending.js';
import { makeGroups } from './groups.js';
import type { Groups } from './groups.js';
import { killAll, membersOf, terminate } from './kill.js';
import { SECRETS_FD, commandLine, hasSecrets, secretOptions } from './launch.js';
import { readProcess } from './process-table.js';
import { RUN_VARIABLE } from './protocol.js';
import type { BoxOrder, KillCause, Notice, Pipe, RunOrder } from './protocol.js';
import { scriptFor } from './script.js';
import type { Script } from './script.js';
import type { Root } from './tree.js';

/** What the worker has not yet acknowledged of a run's output; beyond it the run's pipes are left full. */
const MAX_UNACKNOWLEDGED_BYTES = 256 * 1024;

/** A run that was refused so many processes only wants more. */
const BOMB_AFTER_REFUSALS = 1_000;

/** What a box may say about its end. */
const MAX_REPORT_CHARACTERS = 4_096;

/** Where a box reports to: see `REPORT_FD` in the worker's half. */
const REPORT_FD = 3;

/** One run: a shell in a session of its own, its output, its deadline, its limits, and the end of all it has started. */
export class Sandbox {
  /** Resolves when nothing of the run is left, on disk neither. */
  readonly over: Promise<void>;

  private readonly child: ChildProcess;
  private readonly groups: Groups;
  private readonly root: Root;
  private readonly disks: readonly DiskWatch[];
  private report = '';
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
    this.groups = makeGroups(order.box?.groups ?? [], `coderclaw-${process.pid}-${order.run}`);
    const script = scriptFor(order.command);
    this.child = this.spawn(script);
    const pid = this.child.pid ?? -1;
    this.root = { pid, startTicks: readProcess(pid)?.startTicks ?? 0, known: new Map() };
    this.disks = order.box ? this.watchesOf(order.box.disk) : [];
    this.over = this.live().finally(() => {
      script.remove();
      onEnd();
    });
  }

  private spawn(script: Script): ChildProcess {
    const { box, cwd, env, run, takesInput } = this.order;
    const [program, ...argv] = commandLine(this.order, script, this.groups.joins);
    const report = box ? (['pipe'] as const) : [];
    const secrets = box && hasSecrets(box) ? (['pipe'] as const) : [];
    const child = spawn(program, argv, {
      cwd,
      env: { ...env, [RUN_VARIABLE]: run },
      detached: true,
      stdio: [takesInput ? 'pipe' : 'ignore', 'pipe', 'pipe', ...report, ...secrets],
    });
    child.stdin?.on('error', () => {}); // it has closed it: what is left for it counts as taken
    (child.stdio[REPORT_FD] as Readable | undefined)?.setEncoding('utf8').on('data', (text: string) => {
      this.report = `${this.report}${text}`.slice(0, MAX_REPORT_CHARACTERS);
    });
    if (box) this.tellSecrets(box, child.stdio[SECRETS_FD] as Duplex | undefined);
    return child;
  }

  private tellSecrets(box: BoxOrder, pipe: Duplex | undefined): void {
    pipe?.on('error', () => {}); // it ended before it had read them
    pipe?.resume().end(secretOptions(box));
  }

  private watchesOf({ folders, maxBytes, ignore }: BoxOrder['disk']): readonly DiskWatch[] {
    const pids = () => membersOf(this.root, this.order.run).map(({ pid }) => pid);
    return folders.map((folder) => new DiskWatch({ folder, maxBytes, ignore, pids }));
  }

  acknowledge(bytes: number): void {
    this.unacknowledged -= bytes;
    if (this.unacknowledged <= MAX_UNACKNOWLEDGED_BYTES) this.pipes((stream) => stream.resume());
  }

  /** Hands bytes to the run, in order. */
  input(bytes: Uint8Array): void {
    const taken = () => this.tell({ type: 'taken', run: this.order.run, bytes: bytes.length });
    if (this.child.stdin?.writable) this.child.stdin.write(bytes, taken);
    else taken();
  }

  renew(untilMs: number): void {
    this.untilMs = Math.max(this.untilMs, untilMs);
  }

  /** Kills the run if its lease is over. */
  checkDeadline(nowMs: number): void {
    if (this.killed !== 'lease' && nowMs >= this.untilMs) void this.kill('lease', 0);
  }

  /** Kills a boxed run that has met a limit. */
  async checkLimits(): Promise<void> {
    if (!this.order.box || this.killed !== null) return;
    const { memory, processes } = this.groups.refusals();
    if (memory > 0) void this.kill('memory', 0);
    else if (processes > BOMB_AFTER_REFUSALS) void this.kill('processes', 0);
    else if (await this.diskExceeded()) void this.kill('disk', 0);
  }

  private async diskExceeded(): Promise<boolean> {
    return (await Promise.all(this.disks.map((disk) => disk.exceeded()))).includes(true);
  }

  /** Resolves when all of the run is gone. */
  kill(cause: KillCause, graceMs: number): Promise<unknown> {
    this.killed = this.killed === 'lease' ? 'lease' : cause;
    this.killing = this.end(graceMs);
    return this.killing;
  }

  private async end(graceMs: number): Promise<void> {
    const { box, run } = this.order;
    const keeper = box ? this.root.pid : undefined; // what holds a box takes all in it along, unasked
    if (graceMs > 0) await terminate(this.root, run, graceMs, keeper);
    await killAll(this.root, run);
  }

  private async live(): Promise<void> {
    const { run } = this.order;
    if (this.child.pid === undefined) return this.refuse();
    this.tell({ type: 'started', run, pid: this.root.pid, startTicks: this.root.startTicks });
    this.relay('stdout');
    this.relay('stderr');
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    const exit = await this.exited();
    await this.killing; // the shell may die of a SIGTERM that its children still answer
    const left = await killAll(this.root, run); // what it left behind, which may also hold its pipes open
    if (left > 0 || this.killed === 'lease') this.pipes((stream) => stream.destroy());
    await closed;
    this.tell({ type: 'ended', run, ...this.ending(exit), killed: this.killed, left });
    await this.groups.remove();
  }

  private ending(exit: Exit): Exit & Readonly<{ limit: string | null }> {
    const { box } = this.order;
    if (!box) return { ...exit, limit: null };
    const told = exitOfBox(exit);
    const full = fullFileSystems(this.report);
    const refusals = this.groups.refusals();
    return { ...told, limit: limitMet(box, { exit: told, killed: this.killed, refusals, full }) };
  }

  private exited(): Promise<Exit> {
    return new Promise((resolve) => this.child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  private async refuse(): Promise<void> {
    const error = await new Promise<Error>((resolve) => this.child.once('error', resolve));
    const { cwd, run } = this.order;
    await this.groups.remove();
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

  private pipes(act: (stream: Readable) => void): void {
    for (const stream of this.child.stdio.slice(1)) if (stream) act(stream as Readable);
  }
}
