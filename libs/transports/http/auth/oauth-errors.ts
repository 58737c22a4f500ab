import { MeshError } from '#errors';
import type { ErrorCode } from '#errors';
import type { Problem } from '../wire.js';

/** What a token endpoint says no with (RFC 6749 §5.2, RFC 8628 §3.5). */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_grant'
  | 'unsupported_grant_type'
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'
  | 'invalid_dpop_proof'
  | 'temporarily_unavailable'
  | 'server_error';

/** Our codes as clients of OAuth read them. */
const ERROR_OF: Readonly<Partial<Record<ErrorCode, OAuthError>>> = {
  invalid_request: 'invalid_request',
  payload_too_large: 'invalid_request',
  unauthenticated: 'invalid_grant',
  access_denied: 'access_denied',
  not_found: 'invalid_grant',
  rate_limited: 'temporarily_unavailable',
  unavailable: 'temporarily_unavailable',
  deadline_exceeded: 'temporarily_unavailable',
};

/** A problem that is a refusal of OAuth as well. */
export type OAuthProblem = Problem & Readonly<{ error: OAuthError; error_description: string }>;

/** RFC 6749 allows no character in a description that could end it, nor any that is not ASCII. */
const NOT_DESCRIBED = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

export const oauthProblem = (
  problem: Problem,
  error = ERROR_OF[problem.code] ?? 'server_error',
): OAuthProblem => ({
  ...problem,
  error,
  error_description: problem.detail.replaceAll(NOT_DESCRIBED, "'"),
});

/** What a device hears while nobody has let it in, or will not. */
export const WAITING = {
  authorization_pending: new MeshError('invalid_request', 'nobody has approved the code yet', {
    hint: 'ask again after the interval',
  }),
  slow_down: new MeshError('invalid_request', 'asked sooner than the interval allows', {
    hint: 'wait five seconds longer from now on',
  }),
  access_denied: new MeshError('access_denied', 'the person said no, or may not sign in any more'),
  expired_token: new MeshError('unauthenticated', 'the code was not approved in time', {
    hint: 'ask for a new one',
  }),
  invalid_grant: new MeshError(
    'unauthenticated',
    'the device code is unknown, used, or bound to another key',
    {
      hint: 'ask for a new one',
    },
  ),
} as const satisfies Partial<Record<OAuthError, MeshError>>;
