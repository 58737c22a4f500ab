import { createHash, createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '#contract';
import { isLoopbackRedirect } from '#settings';
import { PROVIDER_KINDS } from './profile.js';
import type { ProviderKind } from './profile.js';

/** How long a person may take at the identity provider. */
export const FLOW_MS = 10 * 60_000;

const sha256Schema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 characters of base64url, as SHA-256 makes');

/**
 * What follows a sign-in: tokens as JSON; a one-time code for the program that sent the browser (RFC 8252), bound to its
 * PKCE challenge; or the page where a device's code is approved.
 */
export const followUpSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer') }),
  z.strictObject({
    kind: z.literal('code'),
    redirectUri: z
      .string()
      .max(512)
      .refine(
        isLoopbackRedirect,
        'must be http://127.0.0.1:<port>/… or http://[::1]:<port>/…: a code goes to a program on the same machine',
      ),
    challenge: sha256Schema,
    state: z.string().max(512).optional(),
  }),
  z.strictObject({ kind: z.literal('page'), userCode: z.string().max(16) }),
]);

const flowSchema = z.strictObject({
  handle: sha256Schema,
  provider: z.enum(PROVIDER_KINDS),
  startedAt: z.int().nonnegative(),
  followUp: followUpSchema,
});

export type FollowUp = Readonly<z.output<typeof followUpSchema>>;

/** One sign-in under way, as the browser's cookie holds it. */
export type Flow = Readonly<z.output<typeof flowSchema>>;

/** A new sign-in, with a handle that nobody can guess. */
export const startFlow = (provider: ProviderKind, followUp: FollowUp, now: Date): Flow => ({
  handle: randomBytes(32).toString('base64url'),
  provider,
  startedAt: now.getTime(),
  followUp,
});

export const encodeFlow = (flow: Flow): string => Buffer.from(JSON.stringify(flow)).toString('base64url');

/** `null` for what is no flow. */
export function decodeFlow(cookie: string): Flow | null {
  try {
    const parsed = flowSchema.safeParse(JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** What one sign-in proves itself with: 256 bits each, base64url. */
export type Proofs = Readonly<{ state: string; nonce: string; verifier: string; challenge: string }>;

/**
 * All are derived from the handle, which only the cookie of the browser that began holds: another browser cannot finish,
 * nothing is stored for a sign-in that is never finished, and any API process can finish it. The rest of the flow goes
 * into them too, so a cookie that was changed meets a state that does not match.
 */
export function proofsOf({ handle, ...rest }: Flow): Proofs {
  const key = Buffer.from(handle, 'base64url');
  const derive = (what: string) =>
    createHmac('sha256', key)
      .update(`${what}\n${canonicalJson(rest)}`)
      .digest('base64url');
  const verifier = derive('verifier');
  return { state: derive('state'), nonce: derive('nonce'), verifier, challenge: challengeOf(verifier) };
}

/** The S256 challenge of a PKCE verifier (RFC 7636). */
export const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');
