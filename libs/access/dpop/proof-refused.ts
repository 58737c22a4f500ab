import { MeshError } from '#errors';

const FRESH = 'sign each request anew: one proof is for one request, within a minute';

/** Each way in which a proof proves nothing, and the way out. `$` is the value that was wrong. */
const REASONS = {
  missing: [
    'this needs a proof of the device key',
    'send it in one header "DPoP", beside "Authorization: DPoP <token>"',
  ],
  repeated: ['there is more than one DPoP proof', 'send exactly one header "DPoP"'],
  tooLong: ['the DPoP proof is longer than $', 'a proof has a few hundred bytes'],
  malformed: ['the DPoP proof is no JWT: $', 'a proof is a compact JWS, see RFC 9449 section 4.2'],
  typ: ['the DPoP proof has typ $', 'its header says "typ": "dpop+jwt"'],
  alg: ['the DPoP proof is signed with $', 'sign with EdDSA (Ed25519) or ES256 (P-256)'],
  crit: ['the DPoP proof demands what is not known here: $', 'leave "crit" out'],
  privateKey: [
    'the DPoP proof gives its private key away (jwk.$)',
    'put the public members alone there; make a new key, as that one is no secret any more',
  ],
  jwk: [
    'the DPoP proof holds no key that can be used: $',
    'its header has the public JWK of an Ed25519 or P-256 key',
  ],
  otherKey: [
    'the DPoP proof is of another key than the token is bound to',
    'sign with the key that was used to sign in',
  ],
  signature: ['the signature of the DPoP proof is wrong', 'sign with the key whose public half is in "jwk"'],
  claims: ['the DPoP proof lacks a claim, or it is malformed: $', 'it has jti, htm, htu and iat'],
  method: ['the DPoP proof is for another method: $', FRESH],
  url: ['the DPoP proof is for another address: $', FRESH],
  stale: [
    'the DPoP proof is too old: it was made $',
    'sign each request anew, and set the clock of this device',
  ],
  future: ['the DPoP proof is from the future: it was made $', 'set the clock of this device'],
  noToken: [
    'the DPoP proof is for no token (ath is missing)',
    'add "ath", the SHA-256 of the token in base64url',
  ],
  otherToken: ['the DPoP proof is for another token', FRESH],
  replayed: ['the DPoP proof has been used before', FRESH],
} as const satisfies Record<string, readonly [reason: string, hint: string]>;

export type ProofProblem = keyof typeof REASONS;

const SHOWN = 200;

/** The refusal for a reason. `value` is shown, shortened: never a token or a key. */
export function proofRefused(problem: ProofProblem, value = ''): MeshError {
  const [reason, hint] = REASONS[problem];
  return new MeshError(
    'unauthenticated',
    reason.replace('$', () => value.slice(0, SHOWN)),
    {
      field: 'DPoP',
      hint,
    },
  );
}
