import type { Endpoint } from './api.js';
import { credentialStore, credentialsFile } from './credentials.js';
import type { CredentialStore } from './credentials.js';
import type { Io } from './io.js';
import { refreshing } from './refreshing.js';

/** What sign-ins left on this machine for this user. */
export const storeOf = ({ home }: Pick<Io, 'home'>): CredentialStore =>
  credentialStore(credentialsFile(home));

/** How a server knows this user, if they are signed in to it: a token that is kept fresh, and the device's key. */
export async function accessTo(
  url: string,
  io: Pick<Io, 'home'>,
): Promise<Pick<Endpoint, 'token' | 'deviceKey'>> {
  const store = storeOf(io);
  const credential = await store.find(url);
  if (!credential) return {};
  const { tokenFor } = refreshing(store);
  const { privateJwk } = credential;
  return {
    token: (refused) => tokenFor(url, refused),
    ...(privateJwk ? { deviceKey: privateJwk } : {}),
  };
}
