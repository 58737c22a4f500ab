import { messageOf } from '#errors';
import type { Io } from './io.js';
import type { Output } from './output.js';
import { storeOf } from './signed-in.js';

/** How to reach the servers this user signed in to, for who named none; nothing where there are none. */
export async function wayBack(io: Pick<Io, 'home'>): Promise<string | undefined> {
  try {
    const [first, ...others] = await storeOf(io).servers();
    if (first === undefined) return undefined;
    const all = [first, ...others].join(' and ');
    const one = others.length === 0 ? first : '<one of them>';
    return `you are signed in to ${all}: to go there, add --url ${one} or set CODERCLAW_URL`;
  } catch (error) {
    return `whether you are signed in elsewhere is not known: ${messageOf(error)}`; // it was not what was asked for
  }
}

/** Says so, if there are any. */
export async function noteWayBack(
  call: Readonly<{ io: Pick<Io, 'home'>; output: Pick<Output, 'note'> }>,
): Promise<void> {
  const way = await wayBack(call.io);
  if (way !== undefined) await call.output.note(way);
}
