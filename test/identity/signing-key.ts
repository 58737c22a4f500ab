import { createPublicKey } from 'node:crypto';
import { type CryptoKey, type JWK, type JWTPayload, SignJWT, exportJWK, generateKeyPair } from 'jose';

/** A key pair of RS256 that tokens are signed with, well or badly. */
export type SigningKey = Readonly<{
  publicJwk: JWK;
  privateJwk: JWK;
  sign(claims: JWTPayload): Promise<string>;
}>;

export async function newSigningKey(kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const about = { kid, use: 'sig', alg: 'RS256' };
  return {
    publicJwk: { ...(await exportJWK(publicKey)), ...about },
    privateJwk: { ...(await exportJWK(privateKey)), ...about },
    sign: (claims) => signed(claims, privateKey, kid),
  };
}

const signed = (claims: JWTPayload, key: CryptoKey, kid: string): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(key);

/** Not signed at all, and says so. */
export const unsigned = (claims: JWTPayload): string =>
  `${segment({ alg: 'none', typ: 'JWT' })}.${segment(claims)}.`;

/** Signed by whoever knows the public key: the confusion of HS256 with RS256. */
export function signedWithPublicKey(claims: JWTPayload, { publicJwk }: SigningKey): Promise<string> {
  const pem = createPublicKey({ key: publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: publicJwk.kid ?? '' })
    .sign(new TextEncoder().encode(String(pem)));
}

const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
