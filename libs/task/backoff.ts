/** Why an attempt ended without a result: its worker is gone, or it failed in a way that may pass. */
export type LossKind = 'lost' | 'failed';

const BASE_MS = 1_000;
const MAX_MS = 60_000;

/** A worker that is gone says nothing about the task: the first time it goes on at once. What failed waits from the start. */
const FREE_RETRIES = { lost: 1, failed: 0 } as const satisfies Record<LossKind, number>;

/**
 * How long to wait before the next attempt: doubled each time, up to a minute, half of it at random.
 *
 * @param losses how many attempts were lost, this one among them
 * @param jitter 0–1
 */
export function retryAfterMs(kind: LossKind, losses: number, jitter: number): number {
  const delays = losses - FREE_RETRIES[kind];
  if (delays <= 0) return 0;
  const fullMs = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(delays - 1, 16));
  return Math.round((fullMs * (1 + jitter)) / 2);
}
