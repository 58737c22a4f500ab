import { timingSafeEqual } from 'node:crypto';
import type { ProviderKind } from './profile.js';
import { BEGIN_AGAIN } from './flow-cookie.js';
import { FLOW_MS, proofsOf } from './sign-in-flow.js';
import type { Flow, Proofs } from './sign-in-flow.js';
import { refused } from './sign-in-refused.js';

/** How far the clocks of two API processes may differ. */
const SKEW_MS = 60_000;

type Arrival = Readonly<{ kind: ProviderKind; answer: URLSearchParams; now: Date }>;

/**
 * The proofs of a flow, once it is sure that this answer is to it.
 *
 * @throws {MeshError} `unauthenticated` if it began with another provider, took too long, or has another state
 */
export function checkFlow(flow: Flow, { kind, answer, now }: Arrival): Proofs {
  if (flow.provider !== kind)
    throw refused(`the sign-in began with ${flow.provider}, and ${kind} cannot finish it`, BEGIN_AGAIN);
  const ageMs = now.getTime() - flow.startedAt;
  if (ageMs > FLOW_MS) throw refused('the sign-in took longer than 10 minutes', BEGIN_AGAIN);
  if (ageMs < -SKEW_MS) throw refused('the sign-in says that it begins later than now', BEGIN_AGAIN);
  const proofs = proofsOf(flow);
  const [state, another] = answer.getAll('state');
  if (state === undefined) throw refused('the answer has no state', BEGIN_AGAIN);
  if (another !== undefined || !areEqual(state, proofs.state))
    throw refused('the state is not that of the sign-in under way in this browser', BEGIN_AGAIN);
  return proofs;
}

/** Until when a flow could be finished, and must be remembered once it was. */
export const expiryOf = ({ startedAt }: Flow): Date => new Date(startedAt + FLOW_MS + SKEW_MS);

const areEqual = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};
