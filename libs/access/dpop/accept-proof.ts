import type { UsedOnce } from '../used-once.js';
import type { HeaderValue } from './proof-parts.js';
import { proofRefused } from './proof-refused.js';
import { SKEW_SECONDS, verifyProof } from './verify-proof.js';
import type { Proof, ReceivedRequest } from './verify-proof.js';

/** The kind under which proofs are remembered. */
export const PROOF_KIND = 'dpop';

/**
 * Checks a DPoP proof, and that no process has seen it before. It is remembered for as long as its time would be
 * accepted, under its key: nobody can use up the ids of another's proofs.
 *
 * @throws {MeshError} `unauthenticated` with the reason, `unavailable` if nobody can tell whether it was used
 */
export async function acceptProof(
  usedOnce: UsedOnce,
  header: HeaderValue,
  request: ReceivedRequest,
): Promise<Proof> {
  const proof = verifyProof(header, request);
  const expiresAt = new Date((proof.iat + SKEW_SECONDS + 1) * 1000);
  if (!(await usedOnce.first(PROOF_KIND, `${proof.jkt} ${proof.jti}`, expiresAt)))
    throw proofRefused('replayed');
  return proof;
}
