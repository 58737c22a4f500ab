import type { Artifact, OutputChannel, Submission, Usage } from './events.js';
import type { JsonValue } from './json.js';

type Order<Type extends string, Data extends object> = Readonly<{ type: Type; data: Readonly<Data> }>;

/** What a worker may say of the task it holds. `Started` covers planning too where an agent has no plan of its own. */
export type WorkerFact =
  | Order<'Planning', object>
  | Order<'Plan', { steps: readonly string[] }>
  | Order<'Started', object>
  | Order<'Progress', { progress: number; message?: string | undefined }>
  | Order<'Output', { channel: OutputChannel; text: string }>
  | Order<'Step', { key: string; kind: string; result: JsonValue; usage?: Usage | undefined }>
  | Order<'NeedInput', { prompt: string; key?: string | undefined }>
  | Order<
      'NeedApproval',
      {
        prompt: string;
        key?: string | undefined;
        skillId?: string | undefined;
        ttlMs?: number | undefined;
      }
    >
  | Order<'Completed', { output: string; artifacts?: readonly Artifact[] | undefined }>
  /** `retry`: what stood in the way may be gone later, e.g. a model that is overloaded. */
  | Order<
      'Failed',
      {
        error: string;
        output?: string | undefined;
        artifacts?: readonly Artifact[] | undefined;
        retry?: Readonly<{ afterMs?: number | undefined }> | undefined;
      }
    >
  /** Handed back: another worker may go on. */
  | Order<'Released', { reason: string }>;

/** What can be asked of a task. Imperative; ids and times come from outside. */
export type TaskCommand =
  | Order<'SubmitTask', Submission>
  | Order<'GrantLease', { workerId: string; leaseMs: number }>
  /** `jitter`: 0–1, at random, so that what failed together does not come back together. */
  | Order<'LoseAttempt', { epoch: number; reason: string; jitter?: number | undefined }>
  | Order<
      'Report',
      {
        workerId: string;
        epoch: number;
        seq: number;
        facts: readonly WorkerFact[];
        jitter?: number | undefined;
      }
    >
  | Order<'PauseTask', { reason?: string | undefined }>
  | Order<
      'ResumeTask',
      {
        input?: string | undefined;
        approved?: boolean | undefined;
        reason?: string | undefined;
        /** What is answered, by `questionOf`; nothing else may be. @default whatever is asked */
        question?: string | undefined;
        /** When it is answered: too late is too late, also where nobody was there to say so. @default in time */
        now?: string | undefined;
      }
    >
  | Order<'CancelTask', { reason: string }>
  /** The time is `now`: whatever is over by then ends. */
  | Order<'TimeOut', { now: string }>
  /** What the runtime itself gives up, whatever it was doing. */
  | Order<'FailTask', { error: string }>;

export type TaskCommandType = TaskCommand['type'];
