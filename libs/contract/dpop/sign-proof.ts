import { MeshError } from '#errors';
import { base64url } from './base64url.js';
import type { DeviceKey } from './device-key.js';
import type { ProofAlg } from './jwk.js';
import { proofUrl } from './proof-url.js';
import { sha256, subtle } from './web-crypto.js';

/** The media type of a proof, in its `typ`. */
export const PROOF_TYPE = 'dpop+jwt';

const SIGNING = {
  EdDSA: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
} as const satisfies Record<ProofAlg, object>;

/** The one request that a proof is for. */
export type ProvenRequest = Readonly<{
  method: string;
  /** Query and fragment are left out of the proof. */
  url: string;
  /** The token that goes with it; none where a token is asked for. */
  accessToken?: string | undefined;
  now: Date;
  /** Never used before with this key. */
  jti: string;
}>;

/**
 * A DPoP proof (RFC 9449 §4): a JWT, good for one request within a minute, that shows the key without giving it away.
 *
 * @throws {MeshError} `invalid_request` if the address is none
 */
export async function signProof(key: DeviceKey, request: ProvenRequest): Promise<string> {
  const { alg, publicJwk, privateKey } = key;
  const header = { typ: PROOF_TYPE, alg, jwk: publicJwk };
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(await claimsOf(request)))}`;
  const signature = await subtle().sign(SIGNING[alg], privateKey, new TextEncoder().encode(input));
  return `${input}.${base64url(signature)}`;
}

async function claimsOf({ method, url, accessToken, now, jti }: ProvenRequest) {
  const htu = proofUrl(url);
  if (htu === null)
    throw new MeshError('invalid_request', `"${url}" is no http:// or https:// address without a user`, {
      field: 'url',
    });
  const claims = { htm: method, htu, iat: Math.floor(now.getTime() / 1000), jti };
  return accessToken === undefined ? claims : { ...claims, ath: await sha256(accessToken) };
}

/** 128 random bits: an id for a proof. */
export const newJti = (): string => base64url(crypto.getRandomValues(new Uint8Array(16)));
