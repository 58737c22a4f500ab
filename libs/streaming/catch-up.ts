import { ORIGIN, compareCursors } from '#contract';
import type { Cursor } from '#contract';
import type { EventStore } from '#event-store';
import type { Delivery } from './delivery.js';

const PAGE_COMMITS = 500;

/** Where a reader begins: after the cursor it has, or with what comes now. */
export async function startOf(log: EventStore, from: Cursor | 'now'): Promise<Cursor> {
  return from === 'now' ? (await log.head(ORIGIN)).cursor : from;
}

/** Delivers from the log until there is no more, or `until` is reached. True if there was something. */
export async function catchUp(
  log: EventStore,
  delivery: Delivery,
  signal: AbortSignal,
  until?: Cursor,
): Promise<boolean> {
  let found = false;
  const reached = () => until !== undefined && compareCursors(delivery.position, until) >= 0;
  while (!signal.aborted && !reached()) {
    const commits = await log.tail(delivery.position, PAGE_COMMITS);
    if (commits.length === 0) break;
    await delivery.deliver(commits);
    found = true;
  }
  return found;
}
