import { z } from 'zod';
import type { JsonObject, JsonValue, Submission, Usage, WorkerFact } from '#task';
import type { Stop } from './bus.js';
import type { ArtifactAnswer, ArtifactAsked, ArtifactPut, ArtifactPutAnswer } from './artifact-link.js';
import { MAX_TASK_OUTPUT_BYTES, digestSchema, jsonSchema, nameSchema, textSchema } from './schemas.js';

/** Default lease: a worker that was not heard of for this long has lost its tasks. */
export const DEFAULT_LEASE_MS = 45_000;

/** A worker's sign of life and its credit. Sent every fifth of the lease time, and at once when a slot frees. */
export const beatSchema = z.strictObject({
  workerId: nameSchema,
  /** New with each start of the worker's process: a change frees what the earlier one held. */
  boot: z.uuid(),
  free: z.int().min(0).max(10_000),
  labels: z.array(nameSchema).max(64),
  /** Agents this worker can run. */
  agents: z.array(nameSchema).max(256),
  held: z.array(z.tuple([z.uuid(), z.int()])).max(10_000),
  /** True while it drains: it takes no more. */
  draining: z.boolean().optional(),
});

export type Beat = z.output<typeof beatSchema>;

/** `ok` renews all that was named as held, but for the `fenced`: those must be stopped, whatever they are doing. */
export type BeatAnswer = Readonly<{ ok: true; leaseMs: number; fenced: readonly string[] }>;

const outputText = textSchema(MAX_TASK_OUTPUT_BYTES);
const keySchema = textSchema(256);
const countSchema = z.int().min(0);

/** Longer, and a server that asks for patience could keep a task for ever. */
const MAX_RETRY_AFTER_MS = 3_600_000;

const artifactSchema = z.strictObject({
  name: textSchema(256).refine((name) => name !== '', 'must not be empty'),
  digest: digestSchema,
  bytes: countSchema,
});

const artifactsSchema = z.array(artifactSchema).max(256);

const factSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Planning'), data: z.strictObject({}) }),
  z.strictObject({
    type: z.literal('Plan'),
    data: z.strictObject({ steps: z.array(textSchema(4096)).max(1000) }),
  }),
  z.strictObject({ type: z.literal('Started'), data: z.strictObject({}) }),
  z.strictObject({
    type: z.literal('Progress'),
    data: z.strictObject({ progress: z.number(), message: textSchema(4096).optional() }),
  }),
  z.strictObject({
    type: z.literal('Output'),
    data: z.strictObject({ channel: z.enum(['stdout', 'stderr', 'text']), text: outputText }),
  }),
  z.strictObject({
    type: z.literal('Step'),
    data: z.strictObject({
      key: keySchema,
      kind: textSchema(64),
      result: jsonSchema,
      usage: z
        .strictObject({ inputTokens: countSchema, outputTokens: countSchema, costUsd: z.number().min(0) })
        .optional(),
    }),
  }),
  z.strictObject({
    type: z.literal('NeedInput'),
    data: z.strictObject({ prompt: textSchema(4096), key: keySchema.optional() }),
  }),
  z.strictObject({
    type: z.literal('NeedApproval'),
    data: z.strictObject({
      prompt: textSchema(4096),
      key: keySchema.optional(),
      skillId: nameSchema.optional(),
      ttlMs: z.int().positive().optional(),
    }),
  }),
  z.strictObject({
    type: z.literal('Completed'),
    data: z.strictObject({ output: outputText, artifacts: artifactsSchema.optional() }),
  }),
  z.strictObject({
    type: z.literal('Failed'),
    data: z.strictObject({
      error: textSchema(64 * 1024),
      output: outputText.optional(),
      artifacts: artifactsSchema.optional(),
      retry: z.strictObject({ afterMs: z.int().min(0).max(MAX_RETRY_AFTER_MS).optional() }).optional(),
    }),
  }),
  z.strictObject({ type: z.literal('Released'), data: z.strictObject({ reason: textSchema(1024) }) }),
]);

/** What a worker says of a task it holds. Sent one at a time, repeated with the same `seq` until answered. */
export const reportSchema = z.strictObject({
  workerId: nameSchema,
  taskId: z.uuid(),
  epoch: z.int(),
  seq: z.int().min(1),
  facts: z.array(factSchema).min(1).max(64),
});

export type Report = Readonly<{
  workerId: string;
  taskId: string;
  epoch: number;
  seq: number;
  facts: readonly WorkerFact[];
}>;

/** `accepted`: committed (now or before). `fenced`: stop, the task is no longer yours. */
export type ReportAnswer = Readonly<{ result: 'accepted' | 'fenced' }>;

/** A worker asks whether the task it holds may use a skill now. Asked before each use; what is answered is recorded. */
export const skillUseSchema = z.strictObject({
  workerId: nameSchema,
  taskId: z.uuid(),
  epoch: z.int(),
  skillId: nameSchema,
  /** The step that uses it: an approval is given for this one use. */
  key: keySchema.optional(),
});

export type SkillUse = z.output<typeof skillUseSchema>;

/** `needsApproval`: somebody must approve this use first; ask for it with `NeedApproval` under the same key. */
export type SkillAnswer = Readonly<{
  allowed: boolean;
  reason: string;
  needsApproval?: Readonly<{ ttlMs?: number | undefined }> | undefined;
}>;

/** A worker asks what the task it holds has on record, before it goes on from there. */
export const recordAskedSchema = z.strictObject({
  workerId: nameSchema,
  taskId: z.uuid(),
  epoch: z.int(),
  /** The version after which to go on. */
  after: z.int().min(0),
});

export type RecordAsked = z.output<typeof recordAskedSchema>;

/**
 * What earlier attempts have finished: steps with their results, answers of people under the key of the step that asked
 * (an approval's says nothing: it was a yes), and, of a step that was not finished, the text it had put out already.
 */
export type RecordEntry =
  | Readonly<{ type: 'step'; version: number; key: string; kind: string; result: JsonValue }>
  | Readonly<{ type: 'answer'; version: number; key: string; input: string }>
  | Readonly<{ type: 'output'; version: number; text: string }>;

/** A page of the record. `next`: ask again after this version; none at the end. */
export type RecordPage = Readonly<{ entries: readonly RecordEntry[]; next?: number | undefined }>;

/** A task handed to a worker, with all it needs to run it. Sent again, same epoch, until a beat holds it. */
export type Grant = Readonly<{
  taskId: string;
  epoch: number;
  attempt: number;
  tenant: string;
  sessionId: string;
  agentId: string;
  description: string;
  input: string;
  leaseMs: number;
  model?: string | undefined;
  thinking?: string | undefined;
  metadata?: JsonObject | undefined;
  budget?: Submission['budget'];
  workspace?: Submission['workspace'];
  /** How long this attempt may take: what is left of the task's time. */
  timeoutMs?: number | undefined;
  /** How many steps earlier attempts have on record, and what these used. */
  steps?: number | undefined;
  usage?: Usage | undefined;
}>;

/** What the control plane pushes to a worker. `beat` asks for a beat now, `stop` ends a task whose lease is over. */
export type Push =
  | Readonly<{ type: 'grant'; grant: Grant }>
  | Readonly<{ type: 'stop'; taskId: string; epoch: number; reason: string }>
  | Readonly<{ type: 'beat' }>;

/** Port. The control plane, as a worker sees it. */
export abstract class ControlPlane {
  /** @throws {MeshError} `unavailable` | `deadline_exceeded`: not heard, try again */
  abstract beat(beat: Beat): Promise<BeatAnswer>;

  /** @throws {MeshError} `unavailable` | `deadline_exceeded`: outcome unknown, repeat with the same `seq` */
  abstract report(report: Report): Promise<ReportAnswer>;

  /** @throws {MeshError} `fenced` if the task is no longer this worker's; `unavailable` | `deadline_exceeded` */
  abstract useSkill(use: SkillUse): Promise<SkillAnswer>;

  /**
   * What the task has on record, a page at a time.
   *
   * @throws {MeshError} `fenced` if the task is no longer this worker's; `unavailable` | `deadline_exceeded`
   */
  abstract record(asked: RecordAsked): Promise<RecordPage>;

  /**
   * A piece of what the task is to work on.
   *
   * @throws {MeshError} `fenced` if the task is no longer this worker's, `not_found`; `unavailable` | `deadline_exceeded`
   */
  abstract artifact(asked: ArtifactAsked): Promise<ArtifactAnswer>;

  /**
   * A piece of what the task leaves. May be repeated: the answer says where to go on.
   *
   * @throws {MeshError} `fenced` if the task is no longer this worker's, `invalid_request`, `payload_too_large`;
   *   `rate_limited` | `unavailable` | `deadline_exceeded`: try again
   */
  abstract putArtifact(put: ArtifactPut): Promise<ArtifactPutAnswer>;

  /** Listens for what is pushed to this worker. */
  abstract onPush(workerId: string, listener: (push: Push) => void): Promise<Stop>;

  /** Calls `listener` when the way to the control plane is back after a cut: beat at once. */
  abstract onReconnect(listener: () => void): void;
}

/** Port. The workers, as the control plane sees them. */
export abstract class WorkerLink {
  /** Answers beats, reports and questions until stopped. What arrives is validated, and its worker id is the subject's. */
  abstract serve(handlers: WorkerHandlers): Promise<Stop>;

  /** Best effort: what is not received is sent again or expires. */
  abstract push(workerId: string, push: Push): void;

  /** False while cut off from the broker: leases do not expire meanwhile. */
  abstract readonly connected: boolean;
}

export type WorkerHandlers = Readonly<{
  beat(beat: Beat): Promise<BeatAnswer>;
  report(report: Report): Promise<ReportAnswer>;
  useSkill(use: SkillUse): Promise<SkillAnswer>;
  record(asked: RecordAsked): Promise<RecordPage>;
  artifact(asked: ArtifactAsked): Promise<ArtifactAnswer>;
  putArtifact(put: ArtifactPut): Promise<ArtifactPutAnswer>;
}>;

/** Port. Keeps what workers said of themselves, for those who ask which there are. */
export abstract class WorkerRoll {
  /** Notes a beat; resolves when it, or a later one of the same worker, is written. Never rejects. */
  abstract seen(beat: Beat, at: Date): Promise<void>;

  /** Ids of the workers that were heard of of late: a scheduler that takes over asks them for a beat. */
  abstract known(): Promise<readonly string[]>;
}
