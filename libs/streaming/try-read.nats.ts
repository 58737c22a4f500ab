import type { MsgHdrs } from '@nats-io/transport-node';
import { fromMessage } from './cloud-event.js';
import type { Received } from './cloud-event.js';

/** `null` for a message that somebody else put there. */
export function tryRead(headers: MsgHdrs | undefined, body: string): Received | null {
  try {
    return fromMessage((name) => headers?.get(name), body);
  } catch {
    return null;
  }
}
