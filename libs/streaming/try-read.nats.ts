import type { MsgHdrs } from '@nats-io/transport-node';
import { fromMessage } from './cloud-event.js';
import type { Received } from './cloud-event.js';

/** `null` for a message that somebody else put there. */
export function tryRead(headers: MsgHdrs | undefined, body: string): Received | null {
  const values = new Map(headers ?? []); // get() searches all names at each call
  try {
    return fromMessage((name) => values.get(name)?.[0], body);
  } catch {
    return null;
  }
}
