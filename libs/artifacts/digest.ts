import { createHash } from 'node:crypto';
import { damaged, otherDigest, tooLarge } from './refusals.js';

const DIGEST = /^sha256:([0-9a-f]{64})$/;

/** The hex digits of a digest; nothing for what is none. */
export const hexOf = (digest: string): string | undefined => DIGEST.exec(digest)?.[1];

/** The digest of these digits; null for what is none. */
export const digestOfHex = (hex: string): string | null =>
  hexOf(`sha256:${hex}`) === undefined ? null : `sha256:${hex}`;

/** Takes content in as it passes by, and says what it was. */
export class Digester {
  private readonly hash = createHash('sha256');
  bytes = 0;

  take(chunk: Uint8Array): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
  }

  /** To be asked once, at the end. */
  digest(): string {
    return `sha256:${this.hash.digest('hex')}`;
  }
}

/**
 * The same content, digested as it passes by.
 *
 * @throws {MeshError} `payload_too_large` with the first byte too many; `invalid_request` at the end for another digest
 */
export async function* checked(
  content: AsyncIterable<Uint8Array>,
  digester: Digester,
  { maxBytes }: Readonly<{ maxBytes: number }>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of content) {
    digester.take(chunk);
    if (digester.bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** @throws {MeshError} `invalid_request` if there was an expectation, and it was another */
export function expectDigest(expected: string | undefined, found: string): void {
  if (expected !== undefined && expected !== found) throw otherDigest(expected, found);
}

/** The same content. @throws {MeshError} `internal` at its end, if it was not of that digest */
export async function* undamaged(
  content: AsyncIterable<Uint8Array>,
  digest: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const digester = new Digester();
  for await (const chunk of content) {
    digester.take(chunk);
    yield chunk;
  }
  if (digester.digest() !== digest) throw damaged(digest);
}
