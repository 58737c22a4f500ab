import { MeshError } from '#errors';
import { commandLineOf } from '../command-line.js';
import type { Lease } from '../lease.js';
import type { Processes } from './processes.js';

/** A program that only looks at a workspace, and what it is given. */
export type Looking = Readonly<{
  /** Its path, and its arguments. */
  argv: readonly string[];
  workspace: string;
  env: Readonly<Record<string, string>>;
  lease: Lease;
  signal: AbortSignal;
}>;

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_MS = 30_000;
const MAX_COMPLAINT = 500;

/**
 * Runs a program as tasks' processes run here, without a way out, and gives what it printed.
 *
 * @throws {MeshError} `invalid_request` with its last words if it fails, prints more than 8 MiB or takes longer than 30 s;
 *   what `Processes.run` throws; what the signal aborts with
 */
export async function look(
  processes: Pick<Processes, 'run'>,
  { argv, workspace, env, lease, signal }: Looking,
): Promise<string> {
  const tooMuch = new AbortController();
  const within = AbortSignal.any([signal, AbortSignal.timeout(MAX_MS), tooMuch.signal]);
  const said = new Said(() => tooMuch.abort());
  const run = await processes.run({
    command: commandLineOf(argv),
    workspace,
    env,
    domains: [],
    remainingMs: lease.remainingMs,
    write: async (pipe, bytes) => said.push(pipe, bytes),
  });
  lease.onRenewed(run.renew);
  const kill = () => run.kill(0);
  if (within.aborted) kill();
  within.addEventListener('abort', kill, { once: true });
  const { code, leaseOver } = await run.ended;
  within.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (leaseOver) throw new MeshError('unavailable', 'the lease ended before the command did');
  if (tooMuch.signal.aborted)
    throw new MeshError('invalid_request', `it printed more than ${MAX_BYTES} bytes`);
  if (within.aborted) throw new MeshError('invalid_request', `it took longer than ${MAX_MS} ms`);
  if (code !== 0) throw new MeshError('invalid_request', said.complaint || `it exited with code ${code}`);
  return said.answer;
}

/** What it has printed, as far as it is kept. */
class Said {
  private readonly chunks: Uint8Array[] = [];
  private bytes = 0;
  private errors = '';

  constructor(private readonly tooMuch: () => void) {}

  push(pipe: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (pipe === 'stderr') {
      this.errors = `${this.errors}${Buffer.from(bytes).toString('utf8')}`.slice(-MAX_COMPLAINT);
      return;
    }
    this.bytes += bytes.length;
    if (this.bytes > MAX_BYTES) this.tooMuch();
    else this.chunks.push(bytes);
  }

  get answer(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }

  get complaint(): string {
    return this.errors.trim();
  }
}
