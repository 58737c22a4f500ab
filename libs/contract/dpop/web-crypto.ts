import { MeshError } from '#errors';
import { base64url } from './base64url.js';

/** A key that signs without showing itself. */
export type SigningKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * The cryptography that Node and browsers share.
 *
 * @throws {MeshError} `unsupported` in a page that was loaded over neither TLS nor loopback
 */
export function subtle(): typeof crypto.subtle {
  const found: typeof crypto.subtle | undefined = globalThis.crypto?.subtle;
  if (found) return found;
  throw new MeshError('unsupported', 'a device key needs WebCrypto, which is missing here', {
    hint: 'load the page over https:// or from localhost',
  });
}

/** SHA-256 of a text's UTF-8, in base64url. */
export const sha256 = async (text: string): Promise<string> =>
  base64url(await subtle().digest('SHA-256', new TextEncoder().encode(text)));
