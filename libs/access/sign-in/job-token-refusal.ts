import { errors } from 'jose';
import { MeshError, isMeshError } from '#errors';
import { refused } from './sign-in-refused.js';

/** Why a token is not taken, by the library's code of the error; a function where the claim makes the difference. */
const REASONS: Readonly<Record<string, string>> = {
  [errors.JOSEAlgNotAllowed.code]: 'the job token is not signed by RS256, and GitHub signs by nothing else',
  [errors.JWSSignatureVerificationFailed.code]: 'the signature of the job token is not that of its issuer',
  [errors.JWKSNoMatchingKey.code]: 'the job token is signed with a key that its issuer does not publish',
  [errors.JWKSMultipleMatchingKeys.code]: 'the job token does not say which key it is signed with',
  [errors.JWTExpired.code]: 'the job token has expired',
};

const CLAIMS: Readonly<Record<string, string>> = {
  aud: 'the job token was made for another audience than us',
  iss: 'the job token was made by another issuer than ours',
  nbf: 'the job token is not valid yet',
  iat: 'the job token was issued in the future',
};

const HINTS: Readonly<Record<string, string>> = {
  [errors.JWTExpired.code]: 'ask for a new one in the job, and show it at once',
  aud: 'ask for the token with the audience that ci.github.audience of runtime.yaml names',
};

/** Why a job token proves nothing, with no word of the token itself. */
export function jobTokenRefusal(thrown: unknown, issuer: string): MeshError {
  if (isMeshError(thrown)) return thrown;
  if (thrown instanceof errors.JWTClaimValidationFailed) return claimRefusal(thrown);
  const code = thrown instanceof errors.JOSEError ? thrown.code : '';
  const reason = REASONS[code];
  if (reason !== undefined) return refused(reason, HINTS[code]);
  if (thrown instanceof errors.JWTInvalid || thrown instanceof errors.JWSInvalid)
    return refused('the job token is not a signed JWT');
  return new MeshError('unavailable', `the keys of ${issuer} cannot be read`, { retryAfterSeconds: 5 });
}

function claimRefusal({ claim, reason }: errors.JWTClaimValidationFailed): MeshError {
  if (reason === 'missing') return refused(`the job token has no claim ${claim}`);
  const known = CLAIMS[claim];
  return known === undefined
    ? refused('the job token has a claim that is not what it must be')
    : refused(known, HINTS[claim]);
}
