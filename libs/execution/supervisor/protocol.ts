/** Where a sandboxed process printed. */
export type Pipe = 'stdout' | 'stderr';

/** A cgroup to be made for a run under `parent`: what to write into which of its files. */
export type GroupOrder = Readonly<{ parent: string; settings: readonly GroupSetting[] }>;

/** `optional`: not every kernel has the file. */
export type GroupSetting = Readonly<{ file: string; value: string; optional?: boolean }>;

/** What a run may meet the end of. */
export type LimitName = 'memory' | 'processes' | 'disk' | 'file' | 'temporary';

/** The box to run in. */
export type BoxOrder = Readonly<{
  /** The program that makes the box, with its options; `last` come after what the supervisor adds. */
  enter: readonly string[];
  last: readonly string[];
  /** What runs the arguments of `sh` in the box. */
  inside: readonly string[];
  groups: readonly GroupOrder[];
  /** How much the run may write into each of its folders, and folders within that are not its own. */
  disk: Readonly<{ folders: readonly string[]; maxBytes: number; ignore: readonly string[] }>;
  /** What to say of a run that met a limit. */
  limits: Readonly<Record<LimitName, string>>;
  /** Variables that stand on no command line, where every user of the machine could read them. */
  secrets: Readonly<Record<string, string>>;
}>;

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
  /** Null: with all the rights of this user. */
  box: BoxOrder | null;
  /** Whether `input` is to follow; else there is nothing to read. */
  takesInput: boolean;
}>;

/** From the worker to its supervisor. `kill` asks nicely first (SIGTERM) and waits `graceMs`; 0 asks nobody. */
export type Order =
  | RunOrder
  | Readonly<{ type: 'renew'; run: string; untilMs: number }>
  | Readonly<{ type: 'ack'; run: string; bytes: number }>
  | Readonly<{ type: 'input'; run: string; bytes: Uint8Array }>
  | Readonly<{ type: 'kill'; run: string; graceMs: number }>;

/** Why a run was ended by us. */
export type KillCause = 'order' | 'lease' | LimitName;

/**
 * From the supervisor to its worker. `taken` counts input that is in the run's pipe, or never will be. `ended` is the last
 * of a run: its processes are gone and all it printed was sent.
 * `killed` tells a run that we ended from one that ended by itself; `left` counts processes that would not die; `limit`
 * says which limit of its box it failed for.
 */
export type Notice =
  | Readonly<{ type: 'started'; run: string; pid: number; startTicks: number }>
  | Readonly<{ type: 'output'; run: string; pipe: Pipe; bytes: Uint8Array }>
  | Readonly<{ type: 'taken'; run: string; bytes: number }>
  | Readonly<{ type: 'refused'; run: string; message: string }>
  | Readonly<{
      type: 'ended';
      run: string;
      code: number | null;
      signal: string | null;
      killed: KillCause | null;
      left: number;
      limit: string | null;
    }>;

/** The variable that marks the processes of a run. */
export const RUN_VARIABLE = 'CODERCLAW_RUN';

/** The machine's monotonic clock in milliseconds: the same for all processes, so a late message carries no late deadline. */
export const systemMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;
