import { ORIGIN, compareCursors } from '#contract';
import type { AuditEntry, Cursor } from '#contract';
import type { EventStore } from '#event-store';

/** Records read at a time: what an export holds in memory. */
const PAGE = 500;

/**
 * All audit records of the log up to and with `end`, in its order: none twice, none left out, whatever is recorded
 * meanwhile. Reads the next page only when the last one was taken.
 *
 * @throws the signal's reason once it is aborted
 */
export async function* recordsUntil(
  store: Pick<EventStore, 'auditTail'>,
  end: Cursor,
  signal?: AbortSignal,
): AsyncGenerator<AuditEntry, void, undefined> {
  for (let after = ORIGIN; compareCursors(after, end) < 0;) {
    signal?.throwIfAborted();
    const page = await store.auditTail(after, PAGE);
    for (const { cursor, text } of page) {
      if (compareCursors(cursor, end) > 0) return;
      after = cursor;
      yield JSON.parse(text) as AuditEntry;
    }
    if (page.length === 0) return;
  }
}
