import type { FollowUp } from '#access';
import type { Problem } from '../wire.js';
import { oauthProblem } from './oauth-errors.js';

/** A program on the person's machine that waits for a code. */
export type Program = Extract<FollowUp, { kind: 'code' }>;

/** Where the program hears that there is no code for it, and why (RFC 6749 §4.1.2.1). */
export function refusalOf(problem: Problem, { redirectUri, state }: Program): URL {
  const who = problem.code === 'unauthenticated' ? 'access_denied' : undefined; // what proves nobody lets nobody in
  const { error, error_description: description } = oauthProblem(problem, who);
  const location = new URL(redirectUri);
  location.searchParams.set('error', error);
  location.searchParams.set('error_description', description);
  if (state !== undefined) location.searchParams.set('state', state);
  return location;
}
