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
  workspace?:
    | Readonly<{ repository?: string | undefined; ref?: string | undefined; archive?: string | undefined }>
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
  | Fact<'StepRecorded', { key: string; kind: string; result: JsonValue }>
  | Fact<'InputRequested', { prompt: string }>
  | Fact<'ApprovalRequested', { prompt: string }>
  | Fact<'TaskPaused', { reason?: string | undefined }>
  | Fact<
      'TaskResumed',
      { input?: string | undefined; approved?: boolean | undefined; reason?: string | undefined }
    >
  | Fact<'AttemptLost', { epoch: number; reason: string }>
  | Fact<'TaskCompleted', { output: string; message?: string | undefined }>
  | Fact<'TaskFailed', { error: string; output?: string | undefined }>
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
