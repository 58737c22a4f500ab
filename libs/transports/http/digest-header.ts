import type { IncomingHttpHeaders } from 'node:http';
import { MeshError } from '#errors';

/** RFC 9530's, and the older one that it replaces. */
const HEADERS = ['repr-digest', 'content-digest', 'digest'] as const;

const SHA_256 = /(?:^|,)\s*sha-256=:?([A-Za-z0-9+/]{43}=):?\s*(?:,|$)/i;

/**
 * The digest that a request says its content has: `sha256:<hex>`.
 *
 * @throws {MeshError} `invalid_request` for one we cannot check
 */
export function digestIn(headers: IncomingHttpHeaders): string | undefined {
  const name = HEADERS.find((header) => headers[header] !== undefined);
  if (!name) return undefined;
  const [, base64] = SHA_256.exec(String(headers[name])) ?? [];
  if (base64 !== undefined) return `sha256:${Buffer.from(base64, 'base64').toString('hex')}`;
  throw new MeshError('invalid_request', `${name}: there is no SHA-256 in it, and nothing else is checked`, {
    field: name,
    hint: 'write Repr-Digest: sha-256=:<base64>:, or leave it out',
  });
}

/** A digest as a header says it. */
export const digestHeader = (digest: string): string =>
  `sha-256=:${Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64')}:`;
