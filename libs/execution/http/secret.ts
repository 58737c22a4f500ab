import { readFileSync } from 'node:fs';
import { MeshError, messageOf } from '#errors';

/** As Standard Webhooks writes keys. */
const SECRET = /^(?:whsec_)?([A-Za-z0-9+/]+={0,2})$/;
const MIN_BYTES = 24;
const MAX_BYTES = 64;

const HOW_TO_MAKE = `make one with: echo "whsec_$(openssl rand -base64 32)"`;

/**
 * The key that a file holds, by which requests are signed.
 *
 * @param field the setting that names the file
 * @throws {MeshError} `invalid_request` if it cannot be read or holds no such key
 */
export function readWebhookSecret(file: string, field: string): Buffer {
  const [, encoded = ''] = SECRET.exec(contentOf(file, field).trim()) ?? [];
  const key = Buffer.from(encoded, 'base64');
  if (key.length >= MIN_BYTES && key.length <= MAX_BYTES) return key;
  const message = `${field}: ${file} does not hold whsec_ and ${MIN_BYTES} to ${MAX_BYTES} bytes in base64`;
  throw new MeshError('invalid_request', message, { field, hint: HOW_TO_MAKE });
}

function contentOf(file: string, field: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `${field}: ${file} cannot be read: ${messageOf(cause)}`;
    throw new MeshError('invalid_request', message, { field }, { cause });
  }
}
