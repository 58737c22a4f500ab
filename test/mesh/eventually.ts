import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Asks until the answer is one, or the deadline passes.
 *
 * @throws what was last thrown, or an error that says what was waited for
 */
export async function eventually<Value>(
  what: string,
  ask: () => Promise<Value | undefined | null | false>,
  deadlineMs = 20_000,
): Promise<Value> {
  const until = Date.now() + deadlineMs;
  for (let last: unknown; ; await pause(POLL_MS)) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = new Error(`${what}: not within ${deadlineMs} ms`);
    } catch (error) {
      last = new Error(`${what}: ${String(error)}`, { cause: error });
    }
    if (Date.now() > until) throw last;
  }
}
