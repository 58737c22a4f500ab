import { z } from 'zod';
import { jsonSchema, textSchema } from '#contract';
import { MeshError } from '#errors';
import { versionIn } from '../../if-match.js';

const MAX_VALUE_BYTES = 64 * 1024;
const MAX_SESSION_BYTES = 1024 * 1024;
export const MAX_KEYS = 1_000;

export const memoryKeySchema = textSchema(256).refine((key) => key !== '', 'must not be empty');

/** JSON of any kind; a text is a JSON string. */
export const memoryValueSchema = jsonSchema;

export type MemoryValue = z.output<typeof memoryValueSchema>;

/** What is remembered under a key. The version counts the writes of the session: none is given twice. */
export type MemoryEntry = Readonly<{ key: string; value: MemoryValue; version: number; changedAt: string }>;

/** The same in a list, without the value. */
export type MemoryKey = Readonly<{ key: string; version: number; bytes: number; changedAt: string }>;

/** What must hold for a write: the version that is there, any value (`*`), or none. */
export type Precondition = Readonly<{ ifMatch?: number | '*' | undefined; ifNoneMatch?: '*' | undefined }>;

/**
 * Reads `If-Match: "<version>"` (or `*`) and `If-None-Match: *`.
 *
 * @throws {MeshError} `invalid_request` for anything else: a condition that is not understood must not be ignored
 */
export function preconditionOf(
  headers: Readonly<{ ifMatch?: string | undefined; ifNoneMatch?: string | undefined }>,
): Precondition {
  const { ifMatch, ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*')
    throw new MeshError('invalid_request', `If-None-Match: ${ifNoneMatch} is not *`, {
      field: 'If-None-Match',
      hint: 'send *, for a key that is not there yet',
    });
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: versionIn(ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: '*' }),
  };
}

/** @throws {MeshError} `version_conflict` naming the version that is there */
export function checkPrecondition(
  key: string,
  { ifMatch, ifNoneMatch }: Precondition,
  stored: number | undefined,
): void {
  if (ifNoneMatch !== undefined && stored !== undefined)
    throw conflict(`there is a value under ${key} already, at version ${stored}`, 'If-None-Match');
  if (ifMatch === undefined) return;
  if (stored === undefined) throw conflict(`there is no value under ${key}`, 'If-Match');
  if (ifMatch !== '*' && ifMatch !== stored)
    throw conflict(`the value under ${key} is at version ${stored}, not ${ifMatch}`, 'If-Match');
}

const conflict = (why: string, field: string) =>
  new MeshError('version_conflict', why, { field, hint: 'read it again, and decide again' });

/** What a value counts for. @throws {MeshError} `payload_too_large` */
export function bytesOf(value: MemoryValue): number {
  const bytes = Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
  if (bytes <= MAX_VALUE_BYTES) return bytes;
  throw tooLarge(`the value has ${bytes} bytes; ${MAX_VALUE_BYTES} are the most`);
}

/** @throws {MeshError} `payload_too_large` if the session would remember more than it may */
export function refuseTooMuch(others: Readonly<{ keys: number; bytes: number }>, bytes: number): void {
  if (others.keys >= MAX_KEYS) throw tooLarge(`the session remembers ${others.keys} keys, as many as it may`);
  const sum = others.bytes + bytes;
  if (sum > MAX_SESSION_BYTES)
    throw tooLarge(`the session would remember ${sum} bytes; ${MAX_SESSION_BYTES} are the most`);
}

const tooLarge = (why: string) =>
  new MeshError('payload_too_large', why, { field: 'value', hint: 'delete what is not needed any more' });
