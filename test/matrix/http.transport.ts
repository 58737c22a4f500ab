import { newJti, signProof } from '#contract/dpop';
import type { DeviceKey } from '#contract/dpop';
import type { Outcome } from './expected.js';
import type { Caller } from './cast.js';
import { requestOf } from './http.requests.js';
import type { HttpRequest, Wishes } from './http.requests.js';
import type { Transport } from './transport.js';

/** How HTTP says how it ended. */
const OUTCOMES: ReadonlyMap<number, Outcome> = new Map([
  [200, 'done'],
  [201, 'done'],
  [202, 'done'],
  [204, 'done'],
  [401, 'not signed in'],
  [403, 'denied'],
  [404, 'hidden'],
  [409, 'conflict'],
]);

/** Over HTTP, each request signed where its caller has a key. */
export const httpTransport = (url: string, wishes: Wishes): Transport => ({
  name: 'HTTP',
  async call(operation, caller, target) {
    const response = await send(url, await requestOf(operation, { caller, target, wishes }), caller);
    const outcome = OUTCOMES.get(response.status);
    if (outcome === 'done')
      await response.body?.cancel(); // a stream goes on for ever
    else if (outcome) await response.arrayBuffer();
    return outcome ?? `${response.status} ${await response.text()}`;
  },
});

/** Sends a request as a caller, or as nobody. */
export async function send(
  url: string,
  { method, path, body, headers = {}, signedBy }: HttpRequest,
  caller: Caller | null,
): Promise<Response> {
  const address = `${url}${path}`;
  return fetch(address, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(caller ? await signIn(caller, method, address, signedBy) : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function signIn(
  { token, key }: Caller,
  method: string,
  url: string,
  signedBy: DeviceKey | undefined,
): Promise<Readonly<Record<string, string>>> {
  const proof = { method, url, now: new Date(), jti: newJti() };
  if (key)
    return { authorization: `DPoP ${token}`, dpop: await signProof(key, { ...proof, accessToken: token }) };
  const bearer = { authorization: `Bearer ${token}` };
  return signedBy ? { ...bearer, dpop: await signProof(signedBy, proof) } : bearer;
}
