import { z } from 'zod';
import { textSchema } from '#contract';
import { refused } from './sign-in-refused.js';

const claimSchema = textSchema(1024).refine((text) => text !== '', 'must not be empty');
const idSchema = z.string().regex(/^\d{1,20}$/, 'must be a number as text');
const timeSchema = z.int().nonnegative();

/** The claims of a job token that we rely upon. What else GitHub says does not matter. */
const jobClaimsSchema = z.object({
  jti: claimSchema,
  iat: timeSchema,
  nbf: timeSchema,
  exp: timeSchema,
  /** A token for others as well could be handed on by them. */
  aud: z.string('must be one audience'),
  repository: claimSchema,
  repository_id: idSchema,
  repository_owner_id: idSchema,
  workflow_ref: claimSchema,
  /** The reusable workflow that the job's code is from, or the same as `workflow_ref`. */
  job_workflow_ref: claimSchema.optional(),
  ref: claimSchema,
  event_name: claimSchema,
  run_id: idSchema,
  actor: claimSchema,
  environment: claimSchema.optional(),
});

/** What GitHub vouches for about one job. */
export type JobClaims = Readonly<z.output<typeof jobClaimsSchema>>;

/**
 * The claims of a token whose signature is checked.
 *
 * @throws {MeshError} `unauthenticated` naming the claim that is missing or not what it must be
 */
export function jobClaimsOf(payload: Readonly<Record<string, unknown>>): JobClaims {
  const claims = jobClaimsSchema.safeParse(payload);
  if (claims.success) return claims.data;
  const [issue] = claims.error.issues;
  const claim = String(issue?.path[0]);
  throw refused(
    Object.hasOwn(payload, claim)
      ? `the claim ${claim} of the job token is wrong: ${issue?.message}`
      : `the job token has no claim ${claim}`,
  );
}
