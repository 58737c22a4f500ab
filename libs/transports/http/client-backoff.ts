import { isMeshError } from '#errors';

const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** How long to wait before try `failures + 1`: doubling, half of it by chance, never less than the server asked for. */
export function backoffMs(failures: number, error?: unknown): number {
  const asked = isMeshError(error) ? (error.details.retryAfterSeconds ?? 0) * 1000 : 0;
  const grown = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return Math.max(Math.min(asked, 2 * LONGEST_MS), (grown * (1 + Math.random())) / 2);
}

/** Resolves after a while, or at once when aborted. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done);
  });
