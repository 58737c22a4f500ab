import type { Recorded } from '#task';
import type { Stop } from './bus.js';

/** A place in the log. Position alone is never one: commits become visible out of its order. */
export type Cursor = Readonly<{ incarnation: number; xid: string; position: string }>;

/** Before the first commit. */
export const ORIGIN: Cursor = { incarnation: 0, xid: '0', position: '0' };

/** Order of two places: negative if `a` is earlier. */
export function compareCursors(a: Cursor, b: Cursor): number {
  if (a.incarnation !== b.incarnation) return a.incarnation - b.incarnation;
  const [x, y] = a.xid === b.xid ? [BigInt(a.position), BigInt(b.position)] : [BigInt(a.xid), BigInt(b.xid)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** A task's event on its way to readers. `id` is the commit's id and the event's index in it: the CloudEvent's id. */
export type FeedEvent = Readonly<{
  id: string;
  tenant: string;
  sessionId: string;
  taskId: string;
  event: Recorded;
  cursor: Cursor;
}>;

/** How to follow a feed. */
export type FollowOptions = Readonly<{
  /** Delivers what came after this place, or what comes from now on. The reader alone keeps its place. */
  from: Cursor | 'now';
  /** Events in one batch; a commit is never split. @default 500 */
  maxBatch?: number;
  /** How long after a batch to wait for more to come, so that the next is larger; one alone does not wait. @default 0 */
  lingerMs?: number;
}>;

/**
 * Port. The events of all tasks, in batches, at least once, each task's in order.
 * A consumer applies version n+1 only: it drops what it has, and reads a gap from the log.
 */
export abstract class Feed {
  /**
   * Delivers what came after `from`, then what comes. The next batch waits for the handler; a batch whose handler
   * throws is delivered again after a pause. A feed remembers no reader: whoever comes again says from where on.
   */
  abstract follow(
    options: FollowOptions,
    handler: (events: readonly FeedEvent[]) => Promise<void>,
  ): Promise<Stop>;
}
