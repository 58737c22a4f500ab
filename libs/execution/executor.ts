import type { Grant } from '#contract';
import type { WorkerFact } from '#task';
import type { Lease } from './lease.js';

/** How an attempt ends, by its own account. */
export type Outcome = Extract<WorkerFact, { type: 'Completed' | 'Failed' }>;

/** What an executor is given beside the grant. */
export type ExecutionContext = Readonly<{
  /** Aborts when the attempt must end: cancelled, timed out, lease over. Stop what runs, then settle. */
  signal: AbortSignal;
  /**
   * Reports a fact; facts arrive in the order they were emitted. Resolves when the control plane has committed it: wait
   * for it, and output is never produced faster than it is stored.
   *
   * @throws {MeshError} `fenced` when the attempt is over
   */
  emit: (fact: WorkerFact) => Promise<void>;
  /**
   * Asks whether the task may use a skill now; to be awaited before each use.
   *
   * @throws {MeshError} `access_denied` with the reason, `fenced` when the attempt is over, `unavailable`
   */
  useSkill: (skillId: string) => Promise<void>;
  /** The folder to work in. */
  workspace: string;
  /** The folder whose files are kept as the task's artifacts; processes find it as `CODERCLAW_ARTIFACTS`. */
  artifacts: string;
  /** Until when the attempt may run. */
  lease: Lease;
}>;

/** Port. Runs the tasks of one agent. */
export abstract class Executor {
  /** False for one that has no use for files: its tasks get no folder, and cost none. */
  readonly worksOnFiles: boolean = true;

  /** Called once, before the first task. */
  async open(): Promise<void> {}

  /** Called once, when all tasks have ended. */
  async close(): Promise<void> {}

  /**
   * Runs one attempt to its end.
   *
   * @throws {MeshError} `unavailable` when the attempt was lost for a reason of ours: it is tried again elsewhere.
   *   Any other error fails the task.
   */
  abstract run(grant: Grant, context: ExecutionContext): Promise<Outcome>;
}
