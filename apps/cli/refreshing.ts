import { z } from 'zod';
import { importDeviceKey, newJti, signProof } from '#contract/dpop';
import { MeshError, isMeshError } from '#errors';
import type { Credential, CredentialStore } from './credentials.js';
import { harmless } from './harmless.js';

/** A token with less than this left is not begun with: a request may take a while to arrive. */
const LEFT_MS = 60_000;
const TIMEOUT_MS = 10_000;

export type RefreshingOptions = Readonly<{
  /** @default the platform's */
  fetch?: typeof fetch;
  /** @default the system's time */
  now?: () => Date;
}>;

/** Access tokens that are good for a request now. */
export type Refreshing = Readonly<{
  /**
   * The token for a server, refreshed if it is about to end, or is the one that was `refused`. Of all processes that
   * want one at once, one refreshes and the others take what it got: a refresh token used twice ends the session.
   *
   * @throws {MeshError} `unauthenticated` if nobody is signed in there (any more), `unavailable` if it does not answer
   */
  tokenFor(url: string, refused?: string): Promise<string>;
}>;

/** Keeps the credentials of a store fresh. */
export function refreshing(store: CredentialStore, options: RefreshingOptions = {}): Refreshing {
  const now = options.now ?? (() => new Date());
  const leftMs = (credential: Credential) => Date.parse(credential.expiresAt) - now().getTime();
  return {
    async tokenFor(url, refused) {
      const good = (credential: Credential) =>
        leftMs(credential) >= LEFT_MS && credential.accessToken !== refused;
      const kept = signedIn(await store.find(url), url);
      if (good(kept)) return kept.accessToken;
      const renewed = await store.change(url, async (current) => {
        const credential = signedIn(current, url);
        if (good(credential)) return credential; // another process was quicker
        try {
          return await refresh(credential, url, options.fetch ?? fetch, now());
        } catch (error) {
          const stillGood = leftMs(credential) > 0 && credential.accessToken !== refused;
          if (stillGood && isMeshError(error, 'unavailable')) return credential;
          throw error;
        }
      });
      return signedIn(renewed, url).accessToken;
    },
  };
}

const answerSchema = z.object({
  accessToken: z.string().min(1),
  refreshToken: z.string().min(1),
  expiresIn: z.number().positive(),
  sessionId: z.string().min(1),
});

async function refresh(
  credential: Credential,
  server: string,
  send: typeof fetch,
  now: Date,
): Promise<Credential> {
  const url = `${server.replace(/\/+$/, '')}/v1/auth/refresh`;
  const response = await send(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(await proofOf(credential, url, now)),
    },
    body: JSON.stringify({ refreshToken: credential.refreshToken }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw away(server, 'cannot be reached', cause);
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.status === 401) throw ended(server, body);
  const parsed = answerSchema.safeParse(body);
  if (!response.ok || !parsed.success) throw away(server, `answered ${response.status} to a refresh`);
  const { expiresIn, ...tokens } = parsed.data;
  return { ...credential, ...tokens, expiresAt: new Date(now.getTime() + expiresIn * 1000).toISOString() };
}

async function proofOf({ privateJwk }: Credential, url: string, now: Date): Promise<Record<string, string>> {
  if (!privateJwk) return {};
  const key = await importDeviceKey(privateJwk);
  return { dpop: await signProof(key, { method: 'POST', url, now, jti: newJti() }) };
}

function signedIn(credential: Credential | null, url: string): Credential {
  if (credential) return credential;
  throw new MeshError('unauthenticated', `you are not signed in to ${url}`, { hint: loginTo(url) });
}

/** With the server's own reason, which may be this machine's clock. */
const ended = (url: string, problem: unknown) =>
  new MeshError('unauthenticated', `your session on ${url} is not renewed${reasonOf(problem)}`, {
    hint: loginTo(url),
  });

function reasonOf(problem: unknown): string {
  const parsed = z.object({ detail: z.string().max(500) }).safeParse(problem);
  return parsed.success ? `: ${harmless(parsed.data.detail)}` : '';
}

const loginTo = (url: string): string => `sign in with \`coderclaw login --url ${url}\``;

const away = (url: string, what: string, cause?: unknown) =>
  new MeshError('unavailable', `${url} ${what}`, { hint: 'is the server running there?' }, { cause });
