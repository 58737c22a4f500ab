import type { Api } from '../api.js';
import type { Call } from '../verb.js';

/** One way to sign in. Its requests are signed by the device's key, if there is one: the tokens will be bound to it. */
export type Way = (
  call: Call,
  server: Readonly<{
    api: Api;
    url: string;
    /** What this machine is called where its sign-in is approved. */
    client: string;
  }>,
) => Promise<unknown>;
