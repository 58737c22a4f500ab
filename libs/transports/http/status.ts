import type { ErrorCode } from '#errors';

/** The HTTP status of each way we say no. */
export const HTTP_STATUS = {
  invalid_request: 400,
  unauthenticated: 401,
  access_denied: 403,
  not_found: 404,
  illegal_transition: 409,
  idempotency_mismatch: 409,
  version_conflict: 409,
  fenced: 409,
  payload_too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  deadline_exceeded: 504,
  unsupported: 501,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;
