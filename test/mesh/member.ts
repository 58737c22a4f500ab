import { generateDeviceKey, newJti, signProof } from '#contract/dpop';
import type { DeviceKey } from '#contract/dpop';
import { watchFor } from '../planted-secrets.js';

/** Who somebody is to a deployment. */
export type Account = Readonly<{ name: string; password: string; tenant?: string }>;

/** Somebody who has signed in, on a device whose key is enrolled. */
export type Member = Readonly<{
  key: DeviceKey;
  /** Bound to the key. */
  token: string;
  sessionId: string;
  userId: string;
  deviceId: string;
}>;

type Tokens = Readonly<{ accessToken: string; sessionId: string; userId: string }>;

type Signer = Pick<Member, 'key' | 'token'>;

/** The headers by which one request shows who makes it. */
export const headersOf = async ({ key, token }: Signer, method: string, url: string) => ({
  authorization: `DPoP ${token}`,
  dpop: await signProof(key, { method, url, accessToken: token, now: new Date(), jti: newJti() }),
});

/** A signed request, as `fetch` would send it. */
export async function fetchAs(as: Signer, url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(await headersOf(as, init.method ?? 'GET', url)))
    headers.set(name, value);
  return fetch(url, { ...init, headers });
}

/** Asks with a body of JSON. @returns the answer’s, if it has one */
export async function send<Answer>(
  as: Signer,
  [method, url]: readonly [string, string],
  body?: unknown,
): Promise<Answer> {
  const sent =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return answerOf<Answer>(await fetchAs(as, url, { method, ...sent }));
}

/** Signs in by password: with a bearer token, or one that is bound to the key. */
export async function signIn(server: string, account: Account, key?: DeviceKey): Promise<Tokens> {
  const url = `${server}/v1/auth/local`;
  const proof = { method: 'POST', url, now: new Date(), jti: newJti() };
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { dpop: await signProof(key, proof) }),
  };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(account) });
  const tokens = await answerOf<Tokens>(response);
  watchFor('the token of a session', tokens.accessToken);
  return tokens;
}

/** Signs in on a new device and enrols its key, so that it is verified. */
export async function join(server: string, account: Account): Promise<Member> {
  const key = await generateDeviceKey();
  const { accessToken: token, sessionId, userId } = await signIn(server, account, key);
  const device = { name: 'a device of the tests', jwk: key.publicJwk };
  const { id: deviceId } = await send<Readonly<{ id: string }>>(
    { key, token },
    ['POST', `${server}/v1/devices`],
    device,
  );
  return { key, token, sessionId, userId, deviceId };
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}
