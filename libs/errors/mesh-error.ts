/** Every way we say no. Closed: each transport has a table over it that does not compile without a new row. */
export const ERROR_CODES = [
  'invalid_request', // the caller's words are wrong; details.field says which
  'unauthenticated', // no or bad credentials
  'access_denied', // you may see it, but not do this to it
  'not_found', // it does not exist, or it is not yours to see
  'illegal_transition', // the state table has no such step
  'idempotency_mismatch', // the key was used with another body, or in another session
  'version_conflict', // another writer was first, more often than we retry
  'fenced', // the lease this report speaks for is no longer the task's
  'payload_too_large',
  'rate_limited',
  'unavailable', // a part we need is away; try again
  'deadline_exceeded',
  'unsupported', // this mode or build does not do that
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What helps the reader mend it. Never a secret. */
export type ErrorDetails = Readonly<{
  /** Path of the offending field, e.g. `metadata.source`. */
  field?: string;
  /** What to do next, as a sentence. */
  hint?: string;
  /** For `access_denied`: the exact place of the policy, or of the product, that decided. */
  rule?: string;
  /** For `unavailable` and `rate_limited`: when to try again. */
  retryAfterSeconds?: number;
  /** All problems, where several were found at once. */
  problems?: readonly Readonly<{ field: string; message: string }>[];
}>;

/** The one error class. Thrown near its cause, mapped once per transport. */
export class MeshError extends Error {
  override readonly name = 'MeshError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** True for a `MeshError`, of one code if one is named. */
export const isMeshError = (error: unknown, code?: ErrorCode): error is MeshError =>
  error instanceof MeshError && (code === undefined || error.code === code);
