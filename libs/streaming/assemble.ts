import { compareCursors } from '#contract';
import type { Cursor } from '#contract';
import type { LoggedCommit } from '#event-store';
import type { Received } from './received.js';

/**
 * What to do with messages of the stream, for a reader who stands at `position`: deliver `commits`; then, if there is a
 * `gap`, read the log up to it and ask again about the `rest`; else the `rest` is a commit whose end is still to come.
 */
export type Plan<M extends Received> = Readonly<{
  commits: readonly LoggedCommit[];
  gap: Cursor | null;
  rest: readonly M[];
}>;

/** Each message names the commit before its own: a reader that does not have that one has missed something. */
export function assemble<M extends Received>(messages: readonly M[], position: Cursor): Plan<M> {
  const commits: LoggedCommit[] = [];
  let at = position;
  let i = 0;
  for (let message = messages[i]; message; message = messages[i]) {
    if (compareCursors(message.cursor, at) <= 0) {
      i += 1; // had it
      continue;
    }
    const parts = messages.slice(i, i + message.count);
    const whole = parts.length === message.count;
    if (missed(parts, at)) return { commits, gap: message.cursor, rest: messages.slice(i) };
    if (!whole) return { commits, gap: null, rest: parts };
    commits.push({
      cursor: message.cursor,
      commitId: message.commitId,
      events: parts.flatMap(({ event }) => event ?? []),
    });
    at = message.cursor;
    i += message.count;
  }
  return { commits, gap: null, rest: [] };
}

/** True unless these are the first parts of one commit, all there is of them, right after `at`. */
function missed(parts: readonly Received[], at: Cursor): boolean {
  const [first] = parts;
  if (!first || compareCursors(first.previous, at) > 0) return true;
  return parts.some(
    (part, index) => part.commitId !== first.commitId || part.index !== index || part.event === null,
  );
}
