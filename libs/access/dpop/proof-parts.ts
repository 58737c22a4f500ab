import { proofRefused } from './proof-refused.js';

/** A proof, taken apart; nothing of it is checked yet. */
export type ProofParts = Readonly<{
  header: Readonly<Record<string, unknown>>;
  claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  signed: string;
  signature: Buffer;
}>;

/** A header as a server's framework gives it: Node joins repeated ones with a comma. */
export type HeaderValue = string | readonly string[] | undefined;

/** A real one has about 500 bytes. */
const MAX_PROOF_BYTES = 8 * 1024;

/** @throws {MeshError} `unauthenticated` if there is not exactly one proof, or it is no compact JWS */
export function proofPartsOf(value: HeaderValue): ProofParts {
  const proof = onlyOne(value);
  const [, signed, header, payload, signature] = COMPACT.exec(proof) ?? [];
  if (signed === undefined || header === undefined || payload === undefined || signature === undefined)
    throw proofRefused('malformed', 'it is not three parts in base64url');
  return {
    header: objectOf(header, 'its header'),
    claims: objectOf(payload, 'its payload'),
    signed,
    signature: Buffer.from(signature, 'base64url'),
  };
}

const COMPACT = /^(([\w-]+)\.([\w-]+))\.([\w-]*)$/;

function onlyOne(value: HeaderValue): string {
  const [proof, ...others] = typeof value === 'string' ? [value] : (value ?? []);
  if (proof === undefined || proof === '') throw proofRefused('missing');
  if (proof.length > MAX_PROOF_BYTES) throw proofRefused('tooLong', `${MAX_PROOF_BYTES} bytes`);
  if (others.length > 0 || proof.includes(',')) throw proofRefused('repeated');
  return proof;
}

function objectOf(encoded: string, what: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    // said below
  }
  throw proofRefused('malformed', `${what} is no JSON object`);
}
