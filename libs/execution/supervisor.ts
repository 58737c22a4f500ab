import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { MeshError } from '#errors';
import { scrubbed } from './environment.js';
import { supervisorEntry } from './supervisor/entry.js';
import { killAll } from './supervisor/kill.js';
import { systemMs } from './supervisor/protocol.js';
import type { BoxOrder, Notice, Order, Pipe } from './supervisor/protocol.js';

export type SandboxRequest = Readonly<{
  command: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Killed after this time unless renewed. */
  remainingMs: number;
  /** What to run it in. @default nothing: with all the rights of this user */
  box?: BoxOrder | undefined;
  /** Whether `send` is to be used; else there is nothing for it to read. @default false */
  takesInput?: boolean | undefined;
  /** Takes a piece of output; the next ones wait in the pipe while too much of it is under way. Does not throw. */
  write: (pipe: Pipe, bytes: Uint8Array) => Promise<void>;
}>;

/**
 * How a sandbox ended. `leaseOver`: the supervisor killed it because nobody renewed its lease. `limit` says which limit
 * of its box it failed for.
 */
export type SandboxEnd = Readonly<{
  code: number | null;
  signal: string | null;
  leaseOver: boolean;
  limit: string | null;
}>;

/** The worker's side of one run. */
export type SandboxRun = Readonly<{
  /** Resolves when all its processes are gone and all they printed was written. */
  ended: Promise<SandboxEnd>;
  renew: (remainingMs: number) => void;
  /** SIGTERM, then after `graceMs` SIGKILL, to whatever the run has started. */
  kill: (graceMs: number) => void;
  /** Writes to what the run reads. @returns how many bytes of all that was sent it has not taken yet */
  send: (bytes: Uint8Array) => number;
}>;

type Running = {
  readonly write: SandboxRequest['write'];
  readonly resolve: (end: SandboxEnd) => void;
  readonly reject: (error: MeshError) => void;
  /** All output so far, written one after the other. */
  written: Promise<void>;
  /** Bytes that were sent to it and that it has not taken. */
  untaken: number;
  root: { readonly pid: number; readonly startTicks: number };
};

type Hear = {
  readonly [Type in Notice['type']]: (notice: Extract<Notice, { type: Type }>, running: Running) => void;
};

/** How long the process may take to kill what still runs and end. */
const CLOSE_DEADLINE_MS = 5_000;

/** The process that kills what tasks have started, when told to or when this one can no longer tell. Started on demand. */
export class Supervisor {
  private readonly runs = new Map<string, Running>();
  private child: Promise<ChildProcess> | null = null;

  /** Starts the process, so that the first task need not wait for it. */
  async open(): Promise<void> {
    await this.process();
  }

  /** Ends the process, and with it whatever it still runs. */
  async close(): Promise<void> {
    const child = await this.child;
    if (!child?.connected) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const overdue = setTimeout(() => child.kill('SIGKILL'), CLOSE_DEADLINE_MS);
    child.disconnect();
    await exited;
    clearTimeout(overdue);
  }

  /** `ended` rejects with `unsupported` if it cannot start, `unavailable` if the supervisor died. */
  async run(request: SandboxRequest): Promise<SandboxRun> {
    const { command, cwd, env, remainingMs, write, box = null, takesInput = false } = request;
    const child = await this.process();
    const run = randomUUID();
    const ended = new Promise<SandboxEnd>((resolve, reject) => {
      const root = { pid: -1, startTicks: 0 };
      this.runs.set(run, { write, resolve, reject, written: Promise.resolve(), untaken: 0, root });
    });
    const untilMs = systemMs() + remainingMs;
    tell(child, { type: 'run', run, command, cwd, env, untilMs, box, takesInput });
    return {
      ended,
      renew: (ms) => tell(child, { type: 'renew', run, untilMs: systemMs() + ms }),
      kill: (graceMs) => tell(child, { type: 'kill', run, graceMs }),
      send: (bytes) => this.send(child, run, bytes),
    };
  }

  private send(child: ChildProcess, run: string, bytes: Uint8Array): number {
    const running = this.runs.get(run);
    if (!running) return 0;
    tell(child, { type: 'input', run, bytes });
    running.untaken += bytes.length;
    return running.untaken;
  }

  private process(): Promise<ChildProcess> {
    this.child ??= this.spawn();
    return this.child;
  }

  private async spawn(): Promise<ChildProcess> {
    const child = fork(await supervisorEntry(), {
      detached: true, // Ctrl-C in a terminal goes to all of the worker's group: not to this one
      execArgv: [],
      env: scrubbed(process.env),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (notice: Notice) => this.hear(notice, child));
    const dead = () => this.died();
    child.once('error', dead).once('exit', dead);
    return child;
  }

  private hear(notice: Notice, child: ChildProcess): void {
    const running = this.runs.get(notice.run);
    if (!running) return;
    const hear: Hear = {
      started: ({ pid, startTicks }) => {
        running.root = { pid, startTicks };
      },
      output: ({ run, pipe, bytes }) => {
        running.written = running.written
          .then(() => running.write(pipe, bytes))
          .then(() => tell(child, { type: 'ack', run, bytes: bytes.length }));
      },
      taken: ({ bytes }) => {
        running.untaken -= bytes;
      },
      refused: ({ run, message }) => {
        this.runs.delete(run);
        running.reject(new MeshError('unsupported', message));
      },
      ended: ({ run, code, signal, killed, limit }) => {
        this.runs.delete(run);
        const end = { code, signal, leaseOver: killed === 'lease', limit };
        void running.written.then(() => running.resolve(end));
      },
    };
    (hear[notice.type] as (notice: Notice) => void)(notice);
  }

  /** Whoever killed the supervisor did not kill what it ran. */
  private died(): void {
    this.child = null;
    for (const [run, { root, reject }] of this.runs) {
      const error = new MeshError('unavailable', 'the supervisor of this worker died');
      void killAll({ ...root, known: new Map() }, run).then(() => reject(error));
    }
    this.runs.clear();
  }
}

function tell(child: ChildProcess, order: Order): void {
  if (child.connected) child.send(order, undefined, undefined, () => {}); // `exit` tells what this would
}
