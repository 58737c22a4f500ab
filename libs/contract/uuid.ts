import { createHash, randomUUID } from 'node:crypto';

const VERSION_BYTE = 6;
const VARIANT_BYTE = 8;

/** Where a UUID's text says its version. */
const VERSION_DIGIT = 14;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether text is a UUID of any version, in upper or lower case: nothing else may be compared with a column of them. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** A time-ordered UUID (RFC 9562 §5.7): milliseconds first, the rest random. */
export function uuidv7(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(VERSION_DIGIT + 1)}`;
}

/** The same UUID for the same parts (RFC 9562 §5.8, SHA-256), so that a repeated request finds its task. */
export function uuidv8(...parts: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[VERSION_BYTE] = ((bytes[VERSION_BYTE] ?? 0) & 0x0f) | 0x80;
  bytes[VARIANT_BYTE] = ((bytes[VARIANT_BYTE] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The task that does again what was given up: one, whoever asks. No user has an empty id. */
export const requeuedTaskId = (tenant: string, taskId: string): string => uuidv8(tenant, '', taskId);
