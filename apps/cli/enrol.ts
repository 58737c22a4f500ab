import { publicJwkSchema } from '#contract/dpop';
import { MeshError } from '#errors';
import { apiOf } from './api.js';
import type { Io } from './io.js';
import { accessTo, storeOf } from './signed-in.js';

/** A device as the server knows it. */
export type Device = Readonly<{
  id: string;
  userId: string;
  name: string;
  trust: string;
  jkt: string;
  enrolledAt: string;
  lastSeenAt: string;
}>;

/**
 * Enrols the key of this machine with a server. Enrolling it again changes nothing.
 *
 * @throws {MeshError} `unauthenticated` if nobody is signed in there with a key; what the server said
 */
export async function enrol(io: Pick<Io, 'home'>, url: string, name: string): Promise<Device> {
  const store = storeOf(io);
  const key = (await store.find(url))?.privateJwk;
  if (!key) throw noKey(url);
  const api = apiOf({ baseUrl: url, name: url, flags: '', ...(await accessTo(url, io)) });
  const device = await api.post<Device>('/v1/devices', { name, jwk: publicJwkSchema.parse(key) });
  await store.change(url, (now) => Promise.resolve(now && { ...now, deviceId: device.id }));
  return device;
}

const noKey = (url: string) =>
  new MeshError('unauthenticated', `this machine has no key for ${url}`, {
    hint: `make one with \`coderclaw login --url ${url}\``,
  });
