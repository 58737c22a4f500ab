import { z } from 'zod';
import { decode, submitSchema, textSchema } from '#contract';
import { MeshError } from '#errors';

const version = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const atLeastSchema = z.strictObject({ atLeast: version.optional() });

/** What an artifact may be called. */
export const artifactNameSchema = textSchema(256);

export const streamSchema = z.strictObject({ after: version.optional() });

export const replaySchema = z.strictObject({
  version: version.optional(),
  at: z.iso.datetime({ offset: true }).optional(),
});

/** What a browser sends to resume; one that never saw an event sends nothing, or nothing in it. */
export const streamHeadersSchema = z.object({
  'last-event-id': z
    .union([z.literal('').transform(() => undefined), version], 'must be the id of an event: a whole number')
    .optional(),
});

const keySchema = submitSchema.pick({ idempotencyKey: true });

/**
 * A request with its idempotency key, wherever it was given.
 *
 * @throws {MeshError} `invalid_request` for two different ones, or one that is none
 */
export function withKey<Request extends Readonly<{ idempotencyKey?: string | undefined }>>(
  request: Request,
  header: string | undefined,
): Request {
  if (header === undefined || header === request.idempotencyKey) return request;
  if (request.idempotencyKey === undefined)
    return { ...request, ...decode(keySchema, { idempotencyKey: header }) };
  const details = { field: 'idempotencyKey', hint: 'give the key once, in the header or in the body' };
  throw new MeshError(
    'invalid_request',
    'the Idempotency-Key header and idempotencyKey in the body differ',
    details,
  );
}
