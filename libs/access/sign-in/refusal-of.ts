import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { MeshError, isMeshError, messageOf } from '#errors';
import { denied, refused } from './sign-in-refused.js';

type Refusal = (provider: string) => MeshError;

const cannotNow: Refusal = (provider) =>
  new MeshError('unavailable', `${provider} cannot sign anybody in now`, { retryAfterSeconds: 5 });

const unknownToIt: Refusal = (provider) =>
  new MeshError('internal', `${provider} does not know this server, or not with this client secret`, {
    hint: 'the operator checks clientId, the file of clientSecretFile and the callback address at the provider',
  });

const badCode: Refusal = (provider) =>
  refused(
    `${provider} does not take the code: it was used before, has expired, or belongs to another sign-in`,
    'begin the sign-in again',
  );

/** What the codes of RFC 6749, OpenID Connect and GitHub mean to the person who signs in. */
const CODES: ReadonlyMap<string, Refusal> = new Map([
  ['access_denied', (provider) => denied(`${provider} or the person there said no`)],
  ['unverified_user_email', (provider) => denied(`${provider} wants the person to verify an email first`)],
  ['server_error', cannotNow],
  ['temporarily_unavailable', cannotNow],
  ['invalid_grant', badCode],
  ['bad_verification_code', badCode],
  ['invalid_client', unknownToIt],
  ['unauthorized_client', unknownToIt],
  ['incorrect_client_credentials', unknownToIt],
  ['redirect_uri_mismatch', unknownToIt],
]);

/** Which claim did not match, and what that means. */
const CLAIMS: ReadonlyMap<unknown, string> = new Map([
  ['nonce', 'the ID token was made for another sign-in: its nonce is not the one of this browser'],
  ['aud', 'the ID token was made for another client: its audience is not us'],
  ['azp', 'the ID token was made for another client: its authorized party is not us'],
  ['iss', 'the ID token was made by another issuer'],
  ['exp', 'the ID token has expired'],
  ['nbf', 'the ID token is not valid yet'],
  ['sub', 'the userinfo is about somebody else than the ID token'],
]);

/** The library tells these apart by what it says alone. */
const SAYINGS: readonly (readonly [RegExp, string])[] = [
  [
    /"iss" \(issuer\) response parameter value/,
    'the answer comes from another issuer than the one that was asked',
  ],
  [
    /response parameter "iss" \(issuer\) missing/,
    'the answer does not name its issuer, and this provider always does',
  ],
  [
    /"alg" header|unsupported JWS/,
    'the ID token is not signed in a way that this provider announces and we take',
  ],
  [/signature verification failed/, 'the signature of the ID token is not that of the provider'],
  [/verification key/, 'the ID token is signed with a key that the provider does not publish'],
  [/"id_token" property/, 'the provider sent no ID token'],
  [/claim missing/, 'the ID token lacks a claim that it must have'],
  [/no authorization code/, 'the answer has no code'],
];

/**
 * Why a sign-in failed, as the person and the operator may read it. What the library throws stays behind: in it are
 * codes and tokens.
 */
export function refusalOf(thrown: unknown, provider: string): MeshError {
  const chain = chainOf(thrown);
  const ours = chain.find((error) => isMeshError(error));
  if (ours) return ours;
  if (thrown instanceof AuthorizationResponseError || thrown instanceof ResponseBodyError)
    return codedRefusal(thrown.error, provider);
  if (thrown instanceof WWWAuthenticateChallengeError) return unknownToIt(provider);
  return refused(`${reasonIn(chain)} (${provider})`, 'begin the sign-in again');
}

/** Why nobody can be sent to a provider. */
export function absenceOf(thrown: unknown, provider: string): MeshError {
  const ours = chainOf(thrown).find((error) => isMeshError(error));
  if (ours) return ours;
  return new MeshError(
    'unavailable',
    `${provider} does not describe itself as a provider we can use: ${chainOf(thrown).map(messageOf).join(': ')}`,
    { hint: 'the operator checks the issuer in runtime.yaml', retryAfterSeconds: 60 },
  );
}

function codedRefusal(code: string, provider: string): MeshError {
  const known = CODES.get(code);
  if (known) return known(provider);
  return refused(`${provider} refuses: ${/^[a-z_]{1,64}$/.test(code) ? code : 'it does not say why'}`);
}

function reasonIn(chain: readonly Error[]): string {
  const details = chain.map(({ cause }) => cause).filter(isObject);
  const claims = details.map((detail) => CLAIMS.get(detail['claim'] ?? detail['attribute']));
  const sayings = chain.map(({ message }) => SAYINGS.find(([saying]) => saying.test(message))?.[1]);
  return (
    [...claims, ...sayings].find((reason) => reason !== undefined) ??
    'the answer is not what OpenID Connect asks for'
  );
}

/** An error, what caused it, and so on. */
function chainOf(thrown: unknown): readonly Error[] {
  return thrown instanceof Error ? [thrown, ...chainOf(thrown.cause)] : [];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
