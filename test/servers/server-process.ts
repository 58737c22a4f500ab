import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import type { Identity } from './identity.js';
import { guardProcess } from './guard.js';
import { signalTree } from './process-tree.js';
import { until } from './poll.js';

/** What to start, and how to know that it serves. */
export type ServerCommand = Readonly<{
  program: string;
  args: readonly string[];
  /** where it writes what it has to say; appended to */
  logFile: string;
  as?: Identity | undefined;
  cwd?: string;
  /** the signal that asks it to end in good order */
  stopSignal: NodeJS.Signals;
  isReady(pid: number): Promise<boolean>;
}>;

/** A server of ours as a process: started, stopped, killed and paused any number of times. */
export class ServerProcess {
  private child: ChildProcess | undefined;

  constructor(private readonly command: ServerCommand) {}

  /** Starts it and waits until it serves. @throws Error with the end of its log if it ends instead */
  async start(): Promise<void> {
    if (this.child) throw new Error(`${this.command.program} runs already`);
    const { program, args, as, cwd } = this.command;
    const log = await open(this.command.logFile, 'a');
    const child = spawn(program, args, { ...as, cwd, detached: true, stdio: ['ignore', log.fd, log.fd] });
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    await Promise.race([once(child, 'spawn'), failed]).finally(() => log.close());
    const pid = child.pid ?? 0;
    child.unref();
    const forget = guardProcess(pid);
    child.once('exit', () => {
      forget();
      this.child = undefined;
    });
    this.child = child;
    await until(
      async () => this.child !== child || (await this.command.isReady(pid)),
      () => this.complaint('is not ready'),
    );
    if (this.child !== child) throw new Error(await this.complaint('ended at once'));
  }

  /** Asks it to end in good order and waits until it has. */
  async stop(): Promise<void> {
    await this.end(() => this.signal(this.command.stopSignal));
  }

  /** Kills it and its children with SIGKILL, as a power cut would, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.end(async (pid) => signalTree(pid, 'SIGKILL'));
  }

  /** Stops it in its tracks (SIGSTOP): connections stay open, nothing is answered. */
  async pause(): Promise<void> {
    if (this.child?.pid) await signalTree(this.child.pid, 'SIGSTOP');
  }

  async resume(): Promise<void> {
    if (this.child?.pid) await signalTree(this.child.pid, 'SIGCONT');
  }

  private signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  private async end(how: (pid: number) => Promise<void> | void): Promise<void> {
    const { child } = this;
    if (!child?.pid) return;
    child.ref();
    const gone = once(child, 'exit');
    await how(child.pid);
    await this.resume(); // a paused one hears of a signal only when it goes on
    await gone;
  }

  private async complaint(what: string): Promise<string> {
    const log = await readFile(this.command.logFile, 'utf8');
    return `${this.command.program} ${what}:\n${log.split('\n').slice(-15).join('\n')}`;
  }
}
