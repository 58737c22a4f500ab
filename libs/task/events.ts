import type { JsonObject, JsonValue } from './json.js';

type Fact<Type extends string, Data extends object> = Readonly<{ type: Type; data: Readonly<Data> }>;

/** Where a piece of output came from. */
export type OutputChannel = 'stdout' | 'stderr' | 'text';

/**
 * With which rights a task was submitted: what it may do later is never more than this. Kept with the task, because the
 * roles and the device of its owner change while it waits.
 */
export type Submitter = Readonly<{
  userName?: string | undefined;
  issuer?: string | undefined;
  deviceId?: string | undefined;
  roles: readonly string[];
  trust: 'untrusted' | 'verified' | 'trusted';
  scope?: readonly string[] | undefined;
}>;

/** What models used, or cost, in US dollars. */
export type Usage = Readonly<{ inputTokens: number; outputTokens: number; costUsd: number }>;

/** A file that an agent left, kept by its content. `digest` is `sha256:` and 64 hex digits. */
export type Artifact = Readonly<{ name: string; digest: string; bytes: number }>;

/** What the submitter asked for, with every default filled in. */
export type Submission = Readonly<{
  ownerId: string;
  submitter?: Submitter | undefined;
  sessionId: string;
  agentId: string;
  description: string;
  input: string;
  priority: number;
  maxAttempts: number;
  model?: string | undefined;
  thinking?: string | undefined;
  parentTaskId?: string | undefined;
  metadata?: JsonObject | undefined;
  timeoutMs?: number | undefined;
  requires?: readonly string[] | undefined;
  budget?: Readonly<{ maxTokens?: number | undefined; maxCostUsd?: number | undefined }> | undefined;
  requiresApproval?: boolean | undefined;
  /** How long an approval that is asked before the task begins may take. */
  approvalTtlMs?: number | undefined;
  /** The task that had failed for good, and that this one does again. */
  retryOf?: string | undefined;
  workspace?:
    | Readonly<{
        repository?: string | undefined;
        ref?: string | undefined;
        archive?: string | undefined;
        diff?: boolean | undefined;
      }>
    | undefined;
  /** SHA-256 of the canonical request, kept when an idempotency key was given: tells a repeat from a misuse. */
  requestDigest?: string | undefined;
}>;

/** What can have happened to a task. Past tense; shapes are only ever added to, never edited. */
export type TaskEvent =
  | Fact<'TaskSubmitted', Submission>
  | Fact<'LeaseGranted', { workerId: string; leaseMs: number }>
  | Fact<'PlanningStarted', { message?: string | undefined }>
  | Fact<'PlanRecorded', { steps: readonly string[] }>
  | Fact<'TaskStarted', { message?: string | undefined }>
  | Fact<'ProgressReported', { progress: number; message?: string | undefined }>
  | Fact<'OutputAppended', { channel: OutputChannel; text: string }>
  | Fact<'StepRecorded', { key: string; kind: string; result: JsonValue; usage?: Usage | undefined }>
  /** `key`: which of the agent's steps asks; its answer is found under it when the step is done again. */
  | Fact<'InputRequested', { prompt: string; key?: string | undefined }>
  | Fact<
      'ApprovalRequested',
      {
        prompt: string;
        key?: string | undefined;
        /** What is to be approved, if it is one use of a skill. */
        skillId?: string | undefined;
        ttlMs?: number | undefined;
      }
    >
  | Fact<'TaskPaused', { reason?: string | undefined }>
  | Fact<
      'TaskResumed',
      { input?: string | undefined; approved?: boolean | undefined; reason?: string | undefined }
    >
  /** `released`: handed back by a worker that stops; it does not count as a failure. */
  | Fact<
      'AttemptLost',
      { epoch: number; reason: string; released?: true | undefined; retryAfterMs?: number | undefined }
    >
  | Fact<
      'TaskCompleted',
      { output: string; message?: string | undefined; artifacts?: readonly Artifact[] | undefined }
    >
  /** `exhausted`: given up after its last attempt; it is in the dead-letter list. */
  | Fact<
      'TaskFailed',
      {
        error: string;
        output?: string | undefined;
        artifacts?: readonly Artifact[] | undefined;
        exhausted?: true | undefined;
      }
    >
  | Fact<'TaskCancelled', { reason: string }>;

export type TaskEventType = TaskEvent['type'];

/** Who caused a commit, as the log keeps it. A worker's report names its lease epoch and sequence number. */
export type Author = Readonly<{
  kind: 'user' | 'worker' | 'system';
  id: string;
  sessionId?: string | undefined;
  epoch?: number | undefined;
  seq?: number | undefined;
}>;

/** A fact with its place in the task's history. `version` counts the task's events from 1; `at` is ISO 8601. */
export type Recorded<Event extends TaskEvent = TaskEvent> = Event &
  Readonly<{ version: number; at: string; author: Author }>;
