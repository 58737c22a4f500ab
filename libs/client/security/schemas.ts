import { z } from 'zod';
import { nameSchema, textSchema } from '#contract';

const text = textSchema(1024);
const id = textSchema(256).min(1, 'must not be empty');

/** A record as a caller gives it: when it was, and its id, are not theirs to say. */
export const auditSchema = z.strictObject({
  action: id,
  userId: text.optional(),
  sessionId: text.optional(),
  deviceId: text.optional(),
  resourceType: id,
  resourceId: text,
  result: z.enum(['allowed', 'denied', 'refused', 'error']),
  reason: textSchema(4096).optional(),
  rule: text.optional(),
  metadata: z
    .record(z.string(), z.json())
    .refine((value) => JSON.stringify(value).length <= 16 * 1024, 'must be at most 16 KiB as JSON')
    .optional(),
});

export const auditFilterSchema = z.strictObject({
  userId: text.optional(),
  sessionId: text.optional(),
  deviceId: text.optional(),
  action: text.optional(),
  resourceType: text.optional(),
  resourceId: text.optional(),
  result: auditSchema.shape.result.optional(),
  startDate: z.date().optional(),
  endDate: z.date().optional(),
  limit: z.int().min(0).optional(),
});

export const newSessionSchema = z.strictObject({
  userId: id,
  deviceId: id,
  roles: z.array(nameSchema).max(100),
});

export const repoPathSchema = z.strictObject({ repoPath: textSchema(4096).min(1, 'must not be empty') });
