import type { Moves } from './event-store.js';
import { queuedOf } from './log-rows.js';
import type { MoveRow, SnapshotRow } from './log-rows.js';

/** More commits than this since the last look are not told one by one. */
const MOST_MOVES = 20_000;

/** Where a look was taken: an incarnation of the database and a snapshot of it. */
export const markOf = ({ incarnation, snapshot }: SnapshotRow): string => `${incarnation}/${snapshot}`;

/** The parameters that ask for what came after. */
export function afterMark(mark: string): readonly [incarnation: number, snapshot: string, limit: number] {
  const [incarnation = '', snapshot = ''] = mark.split('/');
  return [Number(incarnation), snapshot, MOST_MOVES];
}

/** What the rows say, asked for after `mark`. */
export function movesOf(mark: string, rows: readonly MoveRow[]): Moves {
  const [first] = rows;
  const here = first ? markOf(first) : mark;
  const isSamePast = here.split('/')[0] === mark.split('/')[0];
  return {
    mark: here,
    tasks: rows.flatMap((row) =>
      row.moved_id === null
        ? []
        : [{ taskId: row.moved_id, waiting: row.task_id === null ? null : queuedOf(row) }],
    ),
    isComplete: isSamePast && (first?.commits ?? 0) < MOST_MOVES,
  };
}
