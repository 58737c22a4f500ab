import { z } from 'zod';
import { createUserSchema, trustSchema, versionIn } from '#access';
import { nameSchema, textSchema } from '#contract';

/** A password is told apart from the rest of the request at once: no record and no log of it may have one. */
export const newUserSchema = createUserSchema.extend({ password: textSchema(2048).optional() });

export const trustBodySchema = z.strictObject({ trust: trustSchema });

export const rolesBodySchema = z.strictObject({ roles: z.array(nameSchema).max(32) });

export const memoryBodySchema = z.strictObject({ value: z.json() });

/** The version that a change expects; none where the caller does not care. @throws {MeshError} `invalid_request` */
export function expectedVersion(ifMatch: string | undefined): number | undefined {
  const version = ifMatch === undefined ? '*' : versionIn(ifMatch);
  return version === '*' ? undefined : version;
}
