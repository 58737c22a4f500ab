import type { Cursor } from '#contract';

/** The read models that are folded from the log. */
export const PROJECTIONS = ['task_state', 'task_history', 'audit_trail'] as const;

export type ProjectionName = (typeof PROJECTIONS)[number];

/** `building`: not caught up since it was emptied; `refused`: the log does not hold what it says it has read. */
export type ProjectionState = 'building' | 'live' | 'refused';

/** How far a projection has read: the last commit (or audit record) it holds, by place and id. */
export type Checkpoint = Readonly<{
  name: ProjectionName;
  cursor: Cursor;
  /** `null` only at the origin. */
  lastId: string | null;
  state: ProjectionState;
  error: string | null;
}>;

/** Items of the log that have one place in it: a commit's events, or an audit record. */
export type Placed<Item> = Readonly<{ cursor: Cursor; id: string; items: readonly Item[] }>;

/** A projection as an operator sees it. */
export type ProjectionStatus = Readonly<{
  name: ProjectionName;
  state: ProjectionState;
  checkpoint: Cursor;
  /** Commits, or audit records, not yet read; counted up to 10,000 (audit: 500). */
  behind: number;
  healthy: boolean;
  error?: string;
}>;

/** The place right before another: positions are whole numbers. */
export const before = (cursor: Cursor): Cursor =>
  cursor.position === '0' ? cursor : { ...cursor, position: (BigInt(cursor.position) - 1n).toString() };
