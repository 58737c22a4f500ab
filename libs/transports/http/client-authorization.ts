import { importDeviceKey, newJti, signProof } from '#contract/dpop';
import type { DeviceKey, PrivateJwk } from '#contract/dpop';
import { MeshError, isMeshError, messageOf } from '#errors';

/** Gives the token to send. `refused` is the one that was just answered with 401: do not give that again. */
export type TokenSource = (refused?: string) => Promise<string>;

/** What a client shows of who it is. */
export type Credentials = Readonly<{
  /** Sent as `Authorization`, and nowhere else. A function is asked before each request, and once more after a 401. */
  token?: string | TokenSource | undefined;
  /** Signs each request (DPoP, RFC 9449); the token is one that was given to this key. */
  deviceKey?: DeviceKey | PrivateJwk | undefined;
}>;

/** The request to be authorised, its address whole. */
export type Addressed = Readonly<{ method: string; url: string; signal: AbortSignal }>;

/** Headers for one attempt: a proof is never sent twice. */
export type Authorization = Readonly<{
  token: string | undefined;
  headers: Readonly<Record<string, string>>;
}>;

/**
 * What to send with a request so that the server knows who asks.
 *
 * @throws {MeshError} `invalid_request` if the key is none, `unavailable` if the token cannot be had
 */
export async function authorize(
  { token: source, deviceKey }: Credentials,
  { method, url, signal }: Addressed,
  refused?: string,
): Promise<Authorization> {
  const token = typeof source === 'function' ? await fromSource(source, refused, signal) : source;
  if (!deviceKey) return { token, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
  const key = await keyOf(deviceKey);
  const dpop = await signProof(key, { method, url, accessToken: token, now: new Date(), jti: newJti() });
  return { token, headers: { dpop, ...(token === undefined ? {} : { authorization: `DPoP ${token}` }) } };
}

const imported = new WeakMap<PrivateJwk, Promise<DeviceKey>>();

function keyOf(given: DeviceKey | PrivateJwk): DeviceKey | Promise<DeviceKey> {
  if ('privateKey' in given) return given;
  const key = imported.get(given) ?? importDeviceKey(given);
  imported.set(given, key);
  return key;
}

async function fromSource(source: TokenSource, refused: string | undefined, signal: AbortSignal) {
  try {
    return await unlessAborted(refused === undefined ? source() : source(refused), signal);
  } catch (cause) {
    if (isMeshError(cause) || signal.aborted) throw cause;
    throw new MeshError('unavailable', `there is no token to send: ${messageOf(cause)}`, {}, { cause });
  }
}

/** A source that never answers must not keep a request that was given up. */
const unlessAborted = <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
