import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ALG_OF, PROOF_TYPE, publicJwkSchema, thumbprintText } from '#contract/dpop';
import type { ProofAlg, PublicJwk } from '#contract/dpop';
import { proofRefused } from './proof-refused.js';
import type { ProofParts } from './proof-parts.js';

/** The key that a proof says it is signed with. */
export type ProofKey = Readonly<{ alg: ProofAlg; jwk: PublicJwk; jkt: string }>;

/** Members that only a private or a shared key has (RFC 7518 §6). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const ALGS: readonly unknown[] = Object.values(ALG_OF);

/** @throws {MeshError} `unauthenticated` if the header names no key that a proof may have */
export function proofKeyOf({ typ, alg, crit, jwk }: ProofParts['header']): ProofKey {
  if (typ !== PROOF_TYPE) throw proofRefused('typ', textOf(typ));
  if (!ALGS.includes(alg)) throw proofRefused('alg', textOf(alg));
  if (crit !== undefined) throw proofRefused('crit', textOf(crit));
  const members = typeof jwk === 'object' && jwk !== null ? jwk : {};
  const secret = PRIVATE.find((member) => Object.hasOwn(members, member));
  if (secret !== undefined) throw proofRefused('privateKey', secret);
  const parsed = publicJwkSchema.safeParse(members);
  if (!parsed.success) throw proofRefused('jwk', 'its members are not those of such a key');
  if (ALG_OF[parsed.data.crv] !== alg) throw proofRefused('jwk', `a ${parsed.data.crv} key does not sign so`);
  return { alg: ALG_OF[parsed.data.crv], jwk: parsed.data, jkt: thumbprint(parsed.data) };
}

/** As `thumbprintOf` of the contract, without the wait. */
const thumbprint = (jwk: PublicJwk): string =>
  createHash('sha256').update(thumbprintText(jwk)).digest('base64url');

/** Reading a P-256 key takes as long as checking a signature. Keys that proved something are kept, the last used last. */
const keys = new Map<string, KeyObject>();
const MAX_KEYS = 2_000;

/** @throws {MeshError} `unauthenticated` if the signature is not the key's */
export function checkSignature({ signed, signature }: ProofParts, { alg, jwk, jkt }: ProofKey): void {
  const key = keys.get(jkt) ?? read(jwk);
  if (!VERIFY[alg](Buffer.from(signed), key, signature)) throw proofRefused('signature');
  keys.delete(jkt);
  keys.set(jkt, key);
  const [oldest] = keys.keys();
  if (keys.size > MAX_KEYS && oldest !== undefined) keys.delete(oldest);
}

const VERIFY = {
  EdDSA: (data, key, signature) => verify(null, data, key, signature),
  ES256: (data, key, signature) => verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
} as const satisfies Record<ProofAlg, (data: Buffer, key: KeyObject, signature: Buffer) => boolean>;

function read(jwk: PublicJwk): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw proofRefused('jwk', 'it is no point of its curve');
  }
}

const textOf = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
