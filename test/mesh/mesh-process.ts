import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { keepOutput } from '../leaks/run-folder.js';

/** The CLI as `npm run build` leaves it. */
export const CLI = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));

/** A server or worker that runs. */
export type MeshProcess = Readonly<{
  pid: number;
  /** What it said on stderr so far, for a failing test's message. */
  log(): string;
  /** `kill -9`, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and wait until it is gone. @returns its exit code */
  stop(): Promise<number | null>;
  signal(name: NodeJS.Signals): void;
  running(): boolean;
}>;

/** Starts `coderclaw serve …` and waits for the line in which it says that it serves. */
export async function startProcess(
  args: readonly string[],
  options: Readonly<{ cwd: string; env: NodeJS.ProcessEnv }>,
): Promise<MeshProcess> {
  const child = spawn(process.execPath, [CLI, 'serve', '--json', ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => keepOutput(`server-${child.pid}-${name}`, chunk));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-20_000)));
  const exited = once(child, 'exit');
  await Promise.race([
    saidThatItServes(child),
    exited.then(() => Promise.reject(new Error(`it ended at once:\n${errors}`))),
  ]);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    log: () => errors,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      return child.exitCode;
    },
    signal: (name) => void child.kill(name),
    running: () => child.exitCode === null && child.signalCode === null,
  };
}

async function saidThatItServes({ stdout }: ChildProcess): Promise<void> {
  if (!stdout) throw new Error('it has no stdout');
  const lines = createInterface({ input: stdout });
  await once(lines, 'line');
  stdout.resume();
}
