import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

type Members = Readonly<Record<string, unknown>>;

/** A key pair for specs, its JWK with the private half. Ours signs nothing here: what is tested is not its own judge. */
export type Pair = Readonly<{ privateKey: KeyObject; publicJwk: Members; privateJwk: Members }>;

const pairOf = ({
  privateKey,
  publicKey,
}: Readonly<{ privateKey: KeyObject; publicKey: KeyObject }>): Pair => ({
  privateKey,
  publicJwk: { ...publicKey.export({ format: 'jwk' }) },
  privateJwk: { ...privateKey.export({ format: 'jwk' }) },
});

export const PAIRS = {
  ES256: pairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  stranger: pairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  EdDSA: pairOf(generateKeyPairSync('ed25519')),
  RS256: pairOf(generateKeyPairSync('rsa', { modulusLength: 2048 })),
  ES384: pairOf(generateKeyPairSync('ec', { namedCurve: 'P-384' })),
} as const;

const SIGNERS: Readonly<Record<string, (input: Buffer, pair: Pair) => Buffer>> = {
  ES256: (input, { privateKey }) => sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  ES384: (input, { privateKey }) => sign('sha384', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (input, { privateKey }) => sign(null, input, privateKey),
  RS256: (input, { privateKey }) => sign('sha256', input, privateKey),
  HS256: (input, { publicJwk }) => createHmac('sha256', JSON.stringify(publicJwk)).update(input).digest(),
  none: () => Buffer.alloc(0),
};

export const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export const athOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Any proof at all, signed as its `alg` says with the pair given. */
export function forge(pair: Pair, header: Members, claims: unknown): string {
  const input = `${encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk: pair.publicJwk, ...header })}.${encoded(claims)}`;
  const signer = SIGNERS[typeof header['alg'] === 'string' ? header['alg'] : 'ES256'];
  return `${input}.${signer?.(Buffer.from(input), pair).toString('base64url')}`;
}
