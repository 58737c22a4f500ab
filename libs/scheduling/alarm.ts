/** What came of looking at the times of one kind. */
export type Rung = Readonly<{
  /** When the next one comes; ISO 8601. None if there is none. */
  nextAt?: string | undefined;
  /** More were due than were done in one go, and some were done: look again at once. */
  more: boolean;
  /** Some could not be done now: look again soon. */
  failed: boolean;
}>;

/** Does what is due. Doing it twice must change nothing: what fails, or a crash interrupts, is done again. */
export interface Alarm {
  /** @param now ISO 8601 */
  ring(now: string): Promise<Rung>;
}

/** Most things done in one look; the next look follows at once. */
export const BATCH = 100;

/** Does all that is due of what comes soonest first. @param done answers whether it changed anything */
export async function ringAll<Item>(
  items: readonly Item[],
  at: (item: Item) => string,
  {
    now,
    done,
    failed,
  }: Readonly<{ now: string; done: (item: Item) => Promise<boolean>; failed: (error: unknown) => void }>,
): Promise<Rung> {
  const due = items.filter((item) => at(item) <= now);
  const results = await Promise.allSettled(due.map(done));
  for (const result of results) if (result.status === 'rejected') failed(result.reason);
  const changed = results.some((result) => result.status === 'fulfilled' && result.value);
  const next = items[due.length];
  return {
    nextAt: next === undefined ? undefined : at(next),
    more: changed && items.length === BATCH && next === undefined,
    failed: results.some((result) => result.status === 'rejected' || !result.value),
  };
}
