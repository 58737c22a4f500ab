import { createHash, randomBytes } from 'node:crypto';

const VERSION_BYTE = 6;
const VARIANT_BYTE = 8;

/** A time-ordered UUID (RFC 9562 §5.7): milliseconds first, the rest random. */
export function uuidv7(now = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  return format(bytes, 0x70);
}

/** The same UUID for the same parts (RFC 9562 §5.8, SHA-256), so that a repeated request finds its task. */
export function uuidv8(...parts: readonly string[]): string {
  return format(createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16), 0x80);
}

function format(bytes: Buffer, version: number): string {
  bytes[VERSION_BYTE] = ((bytes[VERSION_BYTE] ?? 0) & 0x0f) | version;
  bytes[VARIANT_BYTE] = ((bytes[VARIANT_BYTE] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
