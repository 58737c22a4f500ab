import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a token is for is written on it, so that who finds one knows what to revoke. */
const PREFIX = {
  access: 'cc_at_',
  refresh: 'cc_rt_',
  machine: 'cc_pat_',
  device: 'cc_dc_',
  reset: 'cc_pw_',
  setup: 'cc_setup_',
  code: 'cc_code_',
} as const;

export type TokenKind = keyof typeof PREFIX;

/** 256 random bits, base64url, behind a prefix; a machine token also ends with a checksum. */
export function newToken(kind: TokenKind): string {
  const token = PREFIX[kind] + randomBytes(32).toString('base64url');
  return kind === 'machine' ? token + checksumOf(token) : token;
}

/** What is stored of a token, and what it is looked up by: SHA-256, hex. So no comparison tells how near a guess is. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const SHAPE = /^(cc_(?:at|rt|dc|pw|setup|code)_[\w-]{43}|cc_pat_[\w-]{49})$/;
const CHECKSUM_LENGTH = 6;

/** What kind of token this is by its look alone; `null` for what none of ours looks like, which no lookup is spent on. */
export function kindOf(token: string): TokenKind | null {
  if (!SHAPE.test(token)) return null;
  const kinds = Object.keys(PREFIX) as readonly TokenKind[];
  const kind = kinds.find((known) => token.startsWith(PREFIX[known])) ?? null;
  return kind === 'machine' && !hasItsChecksum(token) ? null : kind;
}

const hasItsChecksum = (token: string): boolean =>
  checksumOf(token.slice(0, -CHECKSUM_LENGTH)) === token.slice(-CHECKSUM_LENGTH);

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** CRC-32 of all before it, base 62: a scanner tells a token from what only looks like one without asking anybody. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  while (digits.length < CHECKSUM_LENGTH) {
    digits = (DIGITS[rest % DIGITS.length] ?? '') + digits;
    rest = Math.floor(rest / DIGITS.length);
  }
  return digits;
}
