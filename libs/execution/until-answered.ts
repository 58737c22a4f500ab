import { setTimeout as pause } from 'node:timers/promises';
import { isMeshError } from '#errors';
import type { ErrorCode } from '#errors';

const ASK_AGAIN_MS = 500;

/** The control plane was not heard: ask again. */
export const AWAY: ReadonlySet<ErrorCode> = new Set(['unavailable', 'deadline_exceeded']);

/**
 * Asks the control plane until it answers, or the attempt ends.
 *
 * @throws what it answers, but for `unavailable` and `deadline_exceeded`; what `signal` aborts with
 */
export async function untilAnswered<Answer>(
  ask: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isMeshError(error) || !AWAY.has(error.code)) throw error;
      await pause(ASK_AGAIN_MS, undefined, { signal });
    }
  }
}
