import type { ProcessRow } from './process-row.js';

/** The first process of a run, which leads a session and a group of its own. `known` are others seen to belong to it. */
export type Root = Readonly<{ pid: number; startTicks: number; known: Map<number, number> }>;

const GONE = new Set(['Z', 'X', 'x']);

/**
 * Who of `rows` belongs to a run: its session, its group, whoever carries its mark, whoever was known before, and all
 * their descendants. The dead and whatever is older than the run do not. `marked` is asked only about the others.
 */
export function treeOf(
  root: Root,
  rows: readonly ProcessRow[],
  marked: (pid: number) => boolean,
): readonly ProcessRow[] {
  const young = rows.filter((row) => row.startTicks >= root.startTicks && !GONE.has(row.state.charAt(0)));
  const reused = rootIsReused(root, rows);
  const ours = new Set(young.filter((row) => belongs(root, row, reused) || marked(row.pid)));
  return withDescendants(ours, young);
}

/** The kernel gave the root's pid to somebody else: its session and group are then somebody else's too. */
const rootIsReused = (root: Root, rows: readonly ProcessRow[]): boolean =>
  rows.some(({ pid, startTicks }) => pid === root.pid && startTicks !== root.startTicks);

function belongs(root: Root, row: ProcessRow, reused: boolean): boolean {
  if (root.known.get(row.pid) === row.startTicks) return true;
  return !reused && [row.pid, row.sid, row.pgid].includes(root.pid);
}

function withDescendants(ours: Set<ProcessRow>, rows: readonly ProcessRow[]): readonly ProcessRow[] {
  const childrenOf = byParent(rows);
  for (const row of ours) for (const child of childrenOf.get(row.pid) ?? []) ours.add(child); // a Set grows while read
  return [...ours];
}

function byParent(rows: readonly ProcessRow[]): ReadonlyMap<number, readonly ProcessRow[]> {
  const groups = new Map<number, ProcessRow[]>();
  for (const row of rows) groups.set(row.ppid, [...(groups.get(row.ppid) ?? []), row]);
  return groups;
}
