import { hostname, userInfo } from 'node:os';
import { z } from 'zod';
import { exportDeviceKey, generateDeviceKey } from '#contract/dpop';
import type { PrivateJwk } from '#contract/dpop';
import { MeshError, messageOf } from '#errors';
import { apiOf } from '../api.js';
import type { Credential, CredentialStore } from '../credentials.js';
import { enrol } from '../enrol.js';
import { accessTo, storeOf } from '../signed-in.js';
import type { Call } from '../verb.js';
import type { Way } from './way.js';

/** The server to sign in to, and what to make of it on this machine. */
export type SignInOptions = Readonly<{
  url: string;
  flags: string;
  /** Make a key for this machine, and enrol it. @default true */
  deviceKey?: boolean | undefined;
  /** What the machine is called. @default its host name */
  deviceName?: string | undefined;
}>;

/** Who the caller is now. */
export type Arrived = Readonly<{
  url: string;
  user: string;
  sessionId: string;
  roles: readonly string[];
  trust: string;
  deviceId?: string | undefined;
}>;

/** Signs in one way or another; keeps what comes of it for every later call, and enrols this machine. */
export async function signIn(call: Call, way: Way, options: SignInOptions): Promise<Arrived> {
  const { url, flags, deviceKey = true, deviceName = nameOfMachine() } = options;
  await warnOfPlainHttp(call, url);
  const store = storeOf(call.io);
  const key = deviceKey ? await keyFor(store, url) : undefined;
  const api = apiOf({ baseUrl: url, name: url, flags, deviceKey: key });
  const answer = await way(call, { api, url, client: deviceName });
  const credential = await keep(store, url, answer, key);
  const deviceId = await enrolled(call, url, credential, deviceName);
  return describe(call, url, deviceId);
}

/** The same key as before, if there is one: the machine is the same. */
async function keyFor(store: CredentialStore, url: string): Promise<PrivateJwk> {
  const kept = await store.find(url);
  return kept?.privateJwk ?? exportDeviceKey(await generateDeviceKey());
}

const answerSchema = z.object({
  accessToken: z.string().min(1),
  tokenType: z.enum(['Bearer', 'DPoP']),
  expiresIn: z.number().positive(),
  refreshToken: z.string().min(1),
  sessionId: z.string().min(1),
  userId: z.string().min(1),
});

/** Kept before anything else is tried: tokens that were lost here are a session that nobody can end. */
function keep(
  store: CredentialStore,
  url: string,
  answer: unknown,
  key: PrivateJwk | undefined,
): Promise<Credential | null> {
  const credential = credentialOf(answer, key, new Date());
  return store.change(url, () => Promise.resolve(credential));
}

/**
 * What is kept of an answer with tokens.
 *
 * @throws {MeshError} `unavailable` if it has none
 */
export function credentialOf(answer: unknown, key: PrivateJwk | undefined, now: Date): Credential {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success)
    throw new MeshError('unavailable', 'the server let you in, but gave no tokens', {
      hint: 'is it of the same version as this CLI?',
    });
  const { userId, sessionId, accessToken, refreshToken, expiresIn, tokenType } = parsed.data;
  const expiresAt = new Date(now.getTime() + expiresIn * 1000).toISOString();
  const kept = { user: userId, sessionId, accessToken, refreshToken, expiresAt };
  return key && tokenType === 'DPoP' ? { ...kept, privateJwk: key } : kept;
}

/** That a machine is not enrolled is no reason to be signed out again: it is untrusted, and told what to do. */
async function enrolled(
  { io, output }: Call,
  url: string,
  credential: Credential | null,
  name: string,
): Promise<string | undefined> {
  if (!credential?.privateJwk) return undefined;
  try {
    return (await enrol(io, url, name)).id;
  } catch (error) {
    await output.stderr(
      `you are signed in, but this machine is not enrolled: ${messageOf(error)}\n` +
        `  next: try \`coderclaw device enroll --url ${url}\`\n`,
    );
    return undefined;
  }
}

type Me = Readonly<{ userId: string; userName?: string; roles: readonly string[]; trust: string }>;

async function describe({ io }: Call, url: string, deviceId: string | undefined): Promise<Arrived> {
  const me = await apiOf({ baseUrl: url, name: url, flags: '', ...(await accessTo(url, io)) }).get<Me>(
    '/v1/me',
  );
  const user = me.userName ?? me.userId;
  const kept = await storeOf(io).change(url, (now) => Promise.resolve(now && { ...now, user }));
  const { roles, trust } = me;
  return { url, user, sessionId: kept?.sessionId ?? '', roles, trust, ...(deviceId ? { deviceId } : {}) };
}

/** So much of a name is shown where a device's code is approved. */
const MAX_NAME = 64;

/** What this machine is called where nobody says otherwise. */
export function nameOfMachine(): string {
  try {
    return `${userInfo().username} on ${hostname()}`.slice(0, MAX_NAME);
  } catch {
    return hostname().slice(0, MAX_NAME); // a user id without an account has no name
  }
}

const ON_THIS_MACHINE = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;

async function warnOfPlainHttp({ output }: Call, url: string): Promise<void> {
  const { protocol, hostname: host } = new URL(url);
  if (protocol === 'https:' || ON_THIS_MACHINE.test(host)) return;
  await output.note(
    `warning: ${url} is not encrypted: whoever is between can read what you send, and be you`,
  );
}
