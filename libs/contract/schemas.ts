import { z } from 'zod';
import { MeshError } from '#errors';
import { TASK_STATUSES } from '#task';
import type { JsonObject } from '#task';
import { AUDIT_FORMATS } from './audit.js';
import { fieldProblems } from './problems.js';

/** Ids chosen by callers: they become subject tokens and file names, so nothing that splits either. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1–128 of letters, digits, "-" and "_"');

export const taskIdSchema = z.uuid();

/** Text that Postgres can hold: NUL and lone surrogates are refused, not lost. */
export const textSchema = (maxBytes: number) =>
  z
    .string()
    .refine((text) => !text.includes('\0'), 'must not contain NUL')
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode (no lone surrogates)')
    .refine((text) => Buffer.byteLength(text) <= maxBytes, `must be at most ${maxBytes} bytes`);

export const MAX_INPUT_BYTES = 256 * 1024;
export const MAX_TASK_OUTPUT_BYTES = 256 * 1024;

/** JSON that Postgres can hold: in every key and text of it, by the rules of `textSchema`. */
export const jsonSchema = z
  .json()
  .refine(isStorable, 'must not contain NUL or lone surrogates, in no key and no text');

const metadataSchema = z
  .record(z.string(), z.json())
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= 16 * 1024, 'must be at most 16 KiB as JSON')
  .refine(isStorable, 'must not contain NUL or lone surrogates, in no key and no text')
  .transform((value) => value as JsonObject);

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  return typeof value !== 'object' || value === null || Object.entries(value).flat().every(isStorable);
}

/** A task travels to its worker as one message, and a broker refuses messages of over 1 MiB by default. */
const MAX_INPUT_JSON_BYTES = 768 * 1024;
const fitsBroker = (text: string) => Buffer.byteLength(JSON.stringify(text)) <= MAX_INPUT_JSON_BYTES;

export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hex digits in lower case');

/** What git could take for an option, a range or another refspec is no ref. */
const refSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/@+-]{0,255}$/, 'must be a branch, a tag or a commit')
  .refine((ref) => !/\.\.|@\{|\/\/|\.lock(\/|$)|[./]$/.test(ref), 'must be a branch, a tag or a commit');

export const submitSchema = z.strictObject({
  description: textSchema(4096).refine((text) => text.trim() !== '', 'must not be empty'),
  input: textSchema(MAX_INPUT_BYTES).refine(
    fitsBroker,
    `must be at most ${MAX_INPUT_JSON_BYTES} bytes as JSON`,
  ),
  agentId: nameSchema.optional(),
  model: textSchema(256).optional(),
  thinking: textSchema(64).optional(),
  sessionId: nameSchema.optional(),
  parentTaskId: taskIdSchema.optional(),
  metadata: metadataSchema.optional(),
  idempotencyKey: textSchema(256)
    .refine((key) => key !== '', 'must not be empty')
    .optional(),
  priority: z.int().min(0).max(9).optional(),
  timeoutMs: z.int().min(1).max(2_147_483_647).optional(),
  maxAttempts: z.int().min(1).max(100).optional(),
  requires: z.array(nameSchema).max(16).optional(),
  budget: z
    .strictObject({ maxTokens: z.int().positive().optional(), maxCostUsd: z.number().positive().optional() })
    .optional(),
  requiresApproval: z.boolean().optional(),
  workspace: z
    .strictObject({
      repository: textSchema(2048).optional(),
      ref: refSchema.optional(),
      archive: digestSchema.optional(),
      diff: z.boolean().optional(),
    })
    .refine(({ repository, archive }) => repository === undefined || archive === undefined, {
      path: ['archive'],
      message: 'must not be given beside repository: a task works on one of them',
    })
    .refine(({ repository, ref }) => ref === undefined || repository !== undefined, {
      path: ['ref'],
      message: 'is of a repository, and none is named',
    })
    .optional(),
});

export const taskFilterSchema = z.strictObject({
  status: z.enum(TASK_STATUSES).optional(),
  sessionId: nameSchema.optional(),
  agentId: nameSchema.optional(),
  ownerId: textSchema(256).optional(),
  parentTaskId: taskIdSchema.optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: textSchema(512).optional(),
});

export const cancelSchema = z.strictObject({ reason: textSchema(1024).optional() });

export const pauseSchema = z.strictObject({ reason: textSchema(1024).optional() });

export const resumeSchema = z.strictObject({
  input: textSchema(MAX_INPUT_BYTES).optional(),
  approved: z.boolean().optional(),
  reason: textSchema(1024).optional(),
});

export const auditQuerySchema = z.strictObject({
  userId: textSchema(256).optional(),
  sessionId: textSchema(128).optional(),
  deviceId: textSchema(128).optional(),
  action: textSchema(128).optional(),
  resourceType: textSchema(64).optional(),
  resourceId: textSchema(256).optional(),
  result: z.enum(['allowed', 'denied', 'refused']).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  cursor: textSchema(512).optional(),
});

export const auditExportSchema = auditQuerySchema
  .omit({ limit: true, cursor: true })
  .extend({ format: z.enum(AUDIT_FORMATS).optional() });

/** Nobody means more, and what reads it level by level would run out of stack. */
const MAX_DEPTH = 64;

/**
 * Decodes what came from outside.
 *
 * @throws {MeshError} `invalid_request` naming every field that is wrong, what it is, and why
 */
export function decode<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  if (deeperThan(MAX_DEPTH, value))
    throw new MeshError('invalid_request', `nested deeper than ${MAX_DEPTH} levels`);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .flatMap((issue) => fieldProblems(issue, value))
    .map(({ path, message }) => ({ field: path.join('.'), message }));
  const [first] = problems;
  const message = problems.map(({ field, message: why }) => (field ? `${field}: ${why}` : why)).join('; ');
  throw new MeshError('invalid_request', message, {
    ...(first?.field ? { field: first.field } : {}),
    problems,
  });
}

/** Level by level, for a schema that recurses would exhaust the stack on a mebibyte of "[". */
function deeperThan(limit: number, value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}
