import { z } from 'zod';

/** 256 bits in base64url, written in the only way there is: the last character's two spare bits are zero. */
const word = z.string().regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/, 'is not 256 bits in base64url');

const ed25519 = { kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: word };
const p256 = { kty: z.literal('EC'), crv: z.literal('P-256'), x: word, y: word };

/** The public half of a device's key (RFC 7517, RFC 8037). What else a JWK may carry is left out. */
export const publicJwkSchema = z.discriminatedUnion('crv', [z.object(ed25519), z.object(p256)]);

/** A device's key with its private half. */
export const privateJwkSchema = z.discriminatedUnion('crv', [
  z.object({ ...ed25519, d: word }),
  z.object({ ...p256, d: word }),
]);

export type PublicJwk = Readonly<z.output<typeof publicJwkSchema>>;
export type PrivateJwk = Readonly<z.output<typeof privateJwkSchema>>;
export type Curve = PublicJwk['crv'];

/** How a key of each curve signs: the algorithm's name in a JWS (RFC 7518, RFC 8037). */
export const ALG_OF = { Ed25519: 'EdDSA', 'P-256': 'ES256' } as const satisfies Record<Curve, string>;

export type ProofAlg = (typeof ALG_OF)[Curve];

/** What RFC 7638 hashes: the required members alone, in alphabetical order. */
export const thumbprintText = (jwk: PublicJwk): string =>
  jwk.crv === 'Ed25519'
    ? JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x })
    : JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
