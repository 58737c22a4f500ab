import { createHash } from 'node:crypto';
import { z } from 'zod';
import { proofUrl } from '#contract/dpop';
import type { PublicJwk } from '#contract/dpop';
import { MeshError } from '#errors';
import { checkSignature, proofKeyOf } from './proof-key.js';
import { proofPartsOf } from './proof-parts.js';
import type { HeaderValue } from './proof-parts.js';
import { proofRefused } from './proof-refused.js';

/** The request as the server received it. */
export type ReceivedRequest = Readonly<{
  method: string;
  /** As its client wrote it: behind a proxy, with the public scheme and host. */
  url: string;
  /** The token presented; none where one is asked for. */
  accessToken?: string | undefined;
  now: Date;
  /** The thumbprint of the key that the token, code or device is bound to. */
  expectedJkt?: string | undefined;
}>;

/** What a proof proved: that its sender holds the key, and meant this request. */
export type Proof = Readonly<{
  jkt: string;
  jwk: PublicJwk;
  jti: string;
  /** Seconds since 1970, by the sender's clock. */
  iat: number;
}>;

/** How far the sender's clock may be off, either way, and so how long a proof may be on its way. */
export const SKEW_SECONDS = 60;

const claimsSchema = z.object({
  jti: z.string().min(1).max(256),
  htm: z.string().max(64),
  htu: z.string().max(4096),
  iat: z.number().nonnegative(),
  ath: z.string().max(64).optional(),
});

type Claims = Readonly<z.output<typeof claimsSchema>>;

/**
 * Checks a DPoP proof (RFC 9449 §4.3), but for whether it is used a second time: `acceptProof` does that too.
 *
 * @throws {MeshError} `unauthenticated`, each failing check with its own reason
 */
export function verifyProof(header: HeaderValue, request: ReceivedRequest): Proof {
  const parts = proofPartsOf(header);
  const key = proofKeyOf(parts.header);
  if (request.expectedJkt !== undefined && request.expectedJkt !== key.jkt) throw proofRefused('otherKey');
  checkSignature(parts, key);
  const parsed = claimsSchema.safeParse(parts.claims);
  if (!parsed.success) throw proofRefused('claims', String(parsed.error.issues[0]?.path.join('.')));
  for (const check of CHECKS) check(parsed.data, request);
  return { jkt: key.jkt, jwk: key.jwk, jti: parsed.data.jti, iat: parsed.data.iat };
}

const CHECKS: readonly ((claims: Claims, request: ReceivedRequest) => void)[] = [
  ({ htm }, { method }) => {
    if (htm !== method) throw proofRefused('method', `${htm}, not ${method}`);
  },
  ({ htu }, { url }) => {
    const asked = proofUrl(url);
    if (asked === null) throw new MeshError('internal', 'a request came to an address that is none');
    if (proofUrl(htu) !== asked) throw proofRefused('url', `not ${asked}`);
  },
  ({ iat }, { now }) => {
    const age = now.getTime() / 1000 - iat;
    if (age > SKEW_SECONDS) throw proofRefused('stale', `${Math.round(age)} s ago`);
    if (age < -SKEW_SECONDS) throw proofRefused('future', `${Math.round(-age)} s ahead`);
  },
  ({ ath }, { accessToken }) => {
    if (accessToken === undefined) return;
    if (ath === undefined) throw proofRefused('noToken');
    if (ath !== createHash('sha256').update(accessToken).digest('base64url'))
      throw proofRefused('otherToken');
  },
];
