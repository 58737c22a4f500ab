/** Where a sandboxed process printed. */
export type Pipe = 'stdout' | 'stderr';

/** What to run. `run` is a name of this one run, which its processes carry in their environment. */
export type RunOrder = Readonly<{
  type: 'run';
  run: string;
  /** Given to `sh`. */
  command: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Killed when `systemMs()` has passed this, unless renewed. */
  untilMs: number;
}>;

/** From the worker to its supervisor. `kill` asks nicely first (SIGTERM) and waits `graceMs`; 0 asks nobody. */
export type Order =
  | RunOrder
  | Readonly<{ type: 'renew'; run: string; untilMs: number }>
  | Readonly<{ type: 'ack'; run: string; bytes: number }>
  | Readonly<{ type: 'kill'; run: string; graceMs: number }>;

/** Why a run was ended by us. */
export type KillCause = 'order' | 'lease';

/**
 * From the supervisor to its worker. `ended` is the last of a run: its processes are gone and all it printed was sent.
 * `killed` tells a run that we ended from one that ended by itself; `left` counts processes that would not die.
 */
export type Notice =
  | Readonly<{ type: 'started'; run: string; pid: number; startTicks: number }>
  | Readonly<{ type: 'output'; run: string; pipe: Pipe; bytes: Uint8Array }>
  | Readonly<{ type: 'refused'; run: string; message: string }>
  | Readonly<{
      type: 'ended';
      run: string;
      code: number | null;
      signal: string | null;
      killed: KillCause | null;
      left: number;
    }>;

/** The variable that marks the processes of a run. */
export const RUN_VARIABLE = 'CODERCLAW_RUN';

/** The machine's monotonic clock in milliseconds: the same for all processes, so a late message carries no late deadline. */
export const systemMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;
