import { MeshError } from '#errors';
import { ALG_OF, privateJwkSchema, publicJwkSchema, thumbprintText } from './jwk.js';
import type { Curve, PrivateJwk, ProofAlg, PublicJwk } from './jwk.js';
import { sha256, subtle } from './web-crypto.js';
import type { SigningKey } from './web-crypto.js';

/** What a device signs its requests with. Only the public half is ever sent. */
export type DeviceKey = Readonly<{
  alg: ProofAlg;
  publicJwk: PublicJwk;
  /** The key's RFC 7638 thumbprint: what tokens are bound to. */
  jkt: string;
  privateKey: SigningKey;
}>;

const ALGORITHM = {
  Ed25519: { name: 'Ed25519' },
  'P-256': { name: 'ECDSA', namedCurve: 'P-256' },
} as const satisfies Record<Curve, object>;

export type KeyOptions = Readonly<{
  /**
   * P-256 is everywhere; Ed25519 is missing in older browsers, and Node before 20.19.3 prints a warning about it.
   *
   * @default 'P-256'
   */
  curve?: Curve;
  /** False for a key that nothing can read out again, e.g. one a browser keeps in IndexedDB. @default true */
  extractable?: boolean;
}>;

/** Makes a new key. */
export async function generateDeviceKey(options: KeyOptions = {}): Promise<DeviceKey> {
  const { curve = 'P-256', extractable = true } = options;
  const pair = await subtle().generateKey(ALGORITHM[curve], extractable, ['sign', 'verify']);
  const { privateKey, publicKey } = pair as Readonly<{ privateKey: SigningKey; publicKey: SigningKey }>;
  return withPublic(privateKey, publicJwkSchema.parse(await subtle().exportKey('jwk', publicKey)));
}

/**
 * The key that a private JWK holds, itself no longer extractable.
 *
 * @throws {MeshError} `invalid_request` if it holds none
 */
export async function importDeviceKey(jwk: PrivateJwk): Promise<DeviceKey> {
  const parsed = privateJwkSchema.safeParse(jwk);
  if (!parsed.success) throw noKey();
  const { crv } = parsed.data;
  try {
    const privateKey = await subtle().importKey('jwk', parsed.data, ALGORITHM[crv], false, ['sign']);
    return await withPublic(privateKey, publicJwkSchema.parse(parsed.data));
  } catch (cause) {
    throw noKey(cause);
  }
}

/**
 * The private JWK of a key, to be kept where only its user can read it.
 *
 * @throws {MeshError} `access_denied` if the key is not extractable
 */
export async function exportDeviceKey({ privateKey }: DeviceKey): Promise<PrivateJwk> {
  if (!privateKey.extractable)
    throw new MeshError('access_denied', 'this device key cannot be exported', {
      hint: 'generate one with `extractable: true`',
    });
  return privateJwkSchema.parse(await subtle().exportKey('jwk', privateKey));
}

/** A key's RFC 7638 thumbprint. */
export const thumbprintOf = (jwk: PublicJwk): Promise<string> => sha256(thumbprintText(jwk));

const withPublic = async (privateKey: SigningKey, publicJwk: PublicJwk): Promise<DeviceKey> => ({
  alg: ALG_OF[publicJwk.crv],
  publicJwk,
  jkt: await thumbprintOf(publicJwk),
  privateKey,
});

const noKey = (cause?: unknown) =>
  new MeshError(
    'invalid_request',
    'deviceKey: this is no private JWK of an Ed25519 or P-256 key',
    { field: 'deviceKey', hint: 'make one with generateDeviceKey() and exportDeviceKey()' },
    cause === undefined ? {} : { cause },
  );
