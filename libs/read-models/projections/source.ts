import { compareCursors } from '#contract';
import type { Cursor, Feed, FeedEvent, Stop, WakeUps } from '#contract';
import type { EventStore } from '#event-store';
import type { TaskFact } from './next-events.js';
import type { Checkpoint, Placed } from './projection.js';

/** What tells a projection that there is something to do. */
export type Source<Item> = Readonly<{
  /** Whether the log must be read although nothing was delivered. Asked at every poll. */
  isDue: (at: Checkpoint) => Promise<boolean>;
  /** Begins to deliver, or to wake. */
  attach: (
    from: Cursor,
    listener: Readonly<{ deliver: (batch: readonly Placed<Item>[]) => Promise<void>; wake: () => void }>,
  ) => Promise<Stop>;
}>;

const MAX_BATCH = 500;

/** Under load batches grow: a transaction costs the same for one event as for a hundred. */
const FEED_LINGER_MS = 20;
const LOG_LINGER_MS = 50;

/** UUIDs are 36 characters: what comes before the index in a feed event's id. */
const COMMIT_ID_LENGTH = 36;

const placed = (event: FeedEvent): Placed<TaskFact> => ({
  cursor: event.cursor,
  id: event.id.slice(0, COMMIT_ID_LENGTH),
  items: [event],
});

/**
 * Delivered by the feed. The log is read where the feed brings nothing though the log has moved (a broker that is
 * away, or has lost what it had), and where the checkpoint is not on the log as it stands.
 */
export function feedSource(feed: Feed, store: EventStore): Source<TaskFact> {
  let earlier: Cursor | null = null;
  return {
    isDue: async ({ cursor }) => {
      const { cursor: head } = await store.head(cursor);
      const resting = earlier !== null && compareCursors(earlier, cursor) === 0;
      earlier = cursor;
      const moved = compareCursors(head, cursor);
      return moved < 0 || (resting && moved > 0);
    },
    attach: (from, { deliver }) =>
      feed.follow({ from, maxBatch: MAX_BATCH, lingerMs: FEED_LINGER_MS }, (events) =>
        deliver(events.map(placed)),
      ),
  };
}

/** Calls `call` at once, but not twice within `ms`: then later, once for all. */
function spaced(call: () => void, ms: number): () => void {
  let timer: NodeJS.Timeout | null = null;
  let calledAt = -Infinity;
  const now = () => {
    timer = null;
    calledAt = performance.now();
    call();
  };
  return () => {
    if (timer) return;
    const waitMs = calledAt + ms - performance.now();
    if (waitMs <= 0) now();
    else timer = setTimeout(now, waitMs).unref();
  };
}

/** Read from the log, woken by it. */
export const logSource = (wakeUps: WakeUps): Source<never> => ({
  isDue: () => Promise.resolve(true),
  attach: (_from, { wake }) => wakeUps.listen('log', spaced(wake, LOG_LINGER_MS)),
});
