import type { OutputChannel, Submission } from './events.js';
import type { JsonValue } from './json.js';

type Order<Type extends string, Data extends object> = Readonly<{ type: Type; data: Readonly<Data> }>;

/** What a worker may say of the task it holds. `Started` covers planning too where an agent has no plan of its own. */
export type WorkerFact =
  | Order<'Planning', object>
  | Order<'Plan', { steps: readonly string[] }>
  | Order<'Started', object>
  | Order<'Progress', { progress: number; message?: string | undefined }>
  | Order<'Output', { channel: OutputChannel; text: string }>
  | Order<'Step', { key: string; kind: string; result: JsonValue }>
  | Order<'NeedInput', { prompt: string }>
  | Order<'NeedApproval', { prompt: string }>
  | Order<'Completed', { output: string }>
  | Order<'Failed', { error: string; output?: string | undefined }>;

/** What can be asked of a task. Imperative; ids and times come from outside. */
export type TaskCommand =
  | Order<'SubmitTask', Submission>
  | Order<'GrantLease', { workerId: string; leaseMs: number }>
  | Order<'LoseAttempt', { epoch: number; reason: string }>
  | Order<'Report', { workerId: string; epoch: number; seq: number; facts: readonly WorkerFact[] }>
  | Order<'PauseTask', { reason?: string | undefined }>
  | Order<
      'ResumeTask',
      { input?: string | undefined; approved?: boolean | undefined; reason?: string | undefined }
    >
  | Order<'CancelTask', { reason: string }>
  /** What the runtime itself gives up, whatever it was doing. */
  | Order<'FailTask', { error: string }>;

export type TaskCommandType = TaskCommand['type'];
