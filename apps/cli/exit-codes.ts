import type { ErrorCode } from '#errors';

export const EXIT = {
  done: 0,
  /** The task failed or was cancelled. */
  failed: 1,
  /** Wrong usage, or a bad file. */
  usage: 2,
  denied: 3,
  notFound: 4,
  unavailable: 5,
  interrupted: 130,
} as const;

/** What a script learns from each way we say no. */
export const EXIT_OF = {
  invalid_request: EXIT.usage,
  unauthenticated: EXIT.denied,
  access_denied: EXIT.denied,
  not_found: EXIT.notFound,
  illegal_transition: EXIT.usage,
  idempotency_mismatch: EXIT.usage,
  version_conflict: EXIT.unavailable,
  fenced: EXIT.unavailable,
  payload_too_large: EXIT.usage,
  rate_limited: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  deadline_exceeded: EXIT.unavailable,
  unsupported: EXIT.usage,
  internal: EXIT.unavailable,
} as const satisfies Record<ErrorCode, number>;
