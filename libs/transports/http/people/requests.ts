import { z } from 'zod';
import { createUserSchema, trustSchema } from '#access';
import { nameSchema, textSchema } from '#contract';
import { MeshError } from '#errors';

/** A password is told apart from the rest of the request at once: no record and no log of it may have one. */
export const newUserSchema = createUserSchema.extend({ password: textSchema(2048).optional() });

export const trustBodySchema = z.strictObject({ trust: trustSchema });

export const rolesBodySchema = z.strictObject({ roles: z.array(nameSchema).max(32) });

export const memoryBodySchema = z.strictObject({ value: z.json() });

/**
 * The version of an `If-Match: "<version>"` header; none where the caller does not care.
 *
 * @throws {MeshError} `invalid_request` for anything else
 */
export function expectedVersion(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const version = /^"(\d{1,9})"$/.exec(ifMatch.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw new MeshError('invalid_request', `If-Match: ${ifMatch.slice(0, 60)} is not "<version>"`, {
    field: 'If-Match',
    hint: 'send the version that was read, in quotes: If-Match: "3"',
  });
}
