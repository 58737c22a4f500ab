import { PAIRS, athOf, forge } from './forge.contract.js';
import type { HeaderValue } from './proof-parts.js';
import { verifyProof } from './verify-proof.js';
import type { ReceivedRequest } from './verify-proof.js';

export const NOW_SECONDS = Date.parse('2026-01-01T12:00:00Z') / 1000;
export const TOKEN = 'a-token-that-only-tests-know';

export const REQUEST = {
  method: 'POST',
  url: 'https://mesh.example/v1/tasks?limit=1',
  accessToken: TOKEN,
  now: new Date(NOW_SECONDS * 1000),
} as const satisfies ReceivedRequest;

export const CLAIMS = {
  htm: 'POST',
  htu: 'https://mesh.example/v1/tasks',
  iat: NOW_SECONDS,
  jti: 'an-id',
  ath: athOf(TOKEN),
};

export const good = forge(PAIRS.ES256, {}, CLAIMS);

/** Claims of a proof that are right but for these, signed. */
export const other = (changes: object) => forge(PAIRS.ES256, {}, { ...CLAIMS, ...changes });

/** What is thrown for a proof, or the proof itself. */
export function refusalOf(proof: HeaderValue, request: ReceivedRequest = REQUEST): unknown {
  try {
    return verifyProof(proof, request);
  } catch (error) {
    return error;
  }
}
