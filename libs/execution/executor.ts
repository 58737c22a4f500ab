import type { Grant } from '#contract';
import type { WorkerFact } from '#task';
import type { Lease } from './lease.js';
import type { StepWork } from './steps/steps.js';

/** How an attempt ends, by its own account. */
export type Outcome = Extract<WorkerFact, { type: 'Completed' | 'Failed' }>;

/** Which step uses a skill, and what for. */
export type SkillPurpose = Readonly<{ key?: string | undefined; what?: string | undefined }>;

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
   * Asks whether the task may use a skill now; to be awaited before each use. Where somebody must approve it first, the
   * task waits and this attempt is over; the next one asks again under the same key.
   *
   * @param use `key`: the step that uses it, the skill's id unless given; `what`: what for, told to who is to approve it
   * @throws {MeshError} `access_denied` with the reason, `fenced` when the attempt is over, `unavailable`
   */
  useSkill: (skillId: string, use?: SkillPurpose) => Promise<void>;
  /**
   * Does a step once for all attempts: if it is on record, answers from there; else does the work and records what it
   * came to, in one commit. What the work writes is streamed as the task's text, without a gap or a repeat when a later
   * attempt does the step again.
   *
   * @param key the same in each attempt, and of no other step of the task
   * @throws {MeshError} `fenced` when the attempt is over; whatever the work throws, and then nothing is recorded
   */
  step: <Result>(key: string, kind: string, work: StepWork<Result>) => Promise<Result>;
  /** Whether the step of that key is on record. */
  isDone: (key: string) => Promise<boolean>;
  /**
   * The answer of a person. If there is none yet, the task waits for it and this attempt is over.
   *
   * @throws {MeshError} `fenced` when the attempt is over
   */
  ask: (key: string, prompt: string) => Promise<string>;
  /**
   * The same for a yes. A no, or none in time, fails the task.
   *
   * @throws {MeshError} `fenced` when the attempt is over
   */
  askApproval: (key: string, prompt: string) => Promise<void>;
  /** Whether the question or approval of that key is on record as answered. */
  isAnswered: (key: string) => Promise<boolean>;
  /** Whether output is too much for the log by now and goes to a file: then it need not be slow. @default never */
  isFiled?: (() => boolean) | undefined;
  /** The folder to work in. */
  workspace: string;
  /** The folder whose files are kept as the task's artifacts; processes find it as `CODERCLAW_ARTIFACTS`. */
  artifacts: string;
  /** Whether that folder has nothing of what earlier attempts did to the files. */
  isNew: boolean;
  /** Until when the attempt may run. */
  lease: Lease;
}>;

/** Port. Runs the tasks of one agent. */
export abstract class Executor {
  /** True for one that reports `Planning` and `Started` itself. */
  readonly plans: boolean = false;

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
   *   `rate_limited` when what stood in the way may pass: it is tried again later, `retryAfterSeconds` at the earliest.
   *   Any other error fails the task.
   */
  abstract run(grant: Grant, context: ExecutionContext): Promise<Outcome>;
}
