import { ORIGIN } from '#contract';
import type { Cursor } from '#contract';
import type { LoggedCommit } from '#event-store';
import type { Publication } from './cloud-event.js';
import type { StreamEnd } from './public-stream.js';
import type { RelayMark } from './relay-checkpoint.js';

/** Where in the log to go on publishing: after `previous`, past the first `done` events of the commit that follows. */
export type Resumption = Readonly<{ previous: Cursor; done: number; commitId: string | null }>;

/** Everything, from the first commit. */
const FROM_THE_START: Resumption = { previous: ORIGIN, done: 0, commitId: null };

/**
 * Where the stream ends, in terms of the log. The last message says so. A stream that is empty but has gone on past our
 * mark was emptied by age or by hand, and goes on from the mark; any other gets everything.
 */
export function resumptionOf(end: StreamEnd, mark: RelayMark | null): Resumption {
  if (end.last) return resumptionAfter(end.last);
  const emptied =
    mark !== null && mark.created === end.created && end.lastSeq >= mark.lastSeq && end.lastSeq > 0;
  return emptied ? { previous: mark.cursor, done: 0, commitId: null } : FROM_THE_START;
}

/** What to publish of `commits`, which follow `from.previous` in the log. */
export function publicationsOf(commits: readonly LoggedCommit[], from: Resumption): readonly Publication[] {
  return commits.flatMap(({ commitId, events }, n) => {
    const previous = commits[n - 1]?.cursor ?? from.previous;
    const all = events.map((event, index) => ({ event, commitId, index, count: events.length, previous }));
    return n === 0 ? all.slice(from.done) : all;
  });
}

/** True if the stream's last message speaks of the commit that the log has in that place. */
export const agrees = (first: LoggedCommit | undefined, from: Resumption): boolean =>
  from.commitId === null || first?.commitId === from.commitId;

/** Where to go on after this one. Its commit is read again, which shows whether the log still has it. */
export const resumptionAfter = ({
  previous,
  index,
  commitId,
}: Pick<Publication, 'previous' | 'index' | 'commitId'>): Resumption => ({
  previous,
  done: index + 1,
  commitId,
});
