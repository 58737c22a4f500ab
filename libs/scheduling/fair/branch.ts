import { Heap } from './heap.js';
import type { Placed } from './heap.js';
import type { Node, Quota } from './quota.js';
import { goesBefore } from './waiting.js';
import type { Lane, Session, Waiting } from './waiting.js';

/** What a branch is: of a tenant, of an agent, of a session, or the leaf of a lane. */
export type BranchOf = Readonly<{ quota?: Quota; session?: Session; lane?: Lane }>;

/**
 * A node in a tree of heaps, known to its parent by the best task below it. A change anywhere goes up from there, and
 * stops where it changes nothing. What is compared is a copy, so that a session that stands in several places takes its
 * turn in one place after the other, and no heap is ever out of order.
 */
export class Branch implements Node, Placed {
  at = -1;
  /** The next task here that may begin now. */
  best: Waiting | undefined;
  turn = 0;
  private readonly ranked = new Heap<Branch>(ranksBefore);
  private readonly children = new Map<string, Branch>();

  constructor(
    private readonly id: string,
    private readonly parent: Branch | null,
    private readonly is: BranchOf = {},
  ) {
    is.quota?.nodes.add(this);
  }

  /** The child of that name, made if there is none. */
  child(id: string, is: BranchOf): Branch {
    const known = this.children.get(id);
    if (known) return known;
    const made = new Branch(id, this, is);
    this.children.set(id, made);
    return made;
  }

  /** Looks again what is best here, and tells the parent if that is something else now. */
  refresh(): void {
    const { session } = this.is;
    const { top } = this.ranked;
    const best = this.bestBelow(top);
    const turn = session?.turn ?? top?.turn ?? 0;
    if (best === this.best && turn === this.turn) return;
    this.best = best;
    this.turn = turn;
    this.parent?.rank(this);
  }

  /** Nothing is here any more: it leaves the tree, and so do those above it that have nothing else. */
  leave(): void {
    const { parent } = this;
    if (!parent) return;
    this.is.quota?.nodes.delete(this);
    parent.ranked.remove(this);
    parent.children.delete(this.id);
    if (parent.children.size === 0) parent.leave();
    parent.refresh();
  }

  private bestBelow(top: Branch | undefined): Waiting | undefined {
    const { quota, lane } = this.is;
    if (quota?.isFull) return undefined;
    return lane ? lane.tasks.top : top?.best;
  }

  private rank(child: Branch): void {
    if (child.best === undefined) this.ranked.remove(child);
    else if (child.at < 0) this.ranked.push(child);
    else this.ranked.moved(child);
    this.refresh();
  }
}

/** True where one's best goes before the other's: the session whose turn it is, then the task whose turn it is in it. */
export function ranksBefore(one: Branch, other: Branch): boolean {
  if (one.turn !== other.turn) return one.turn < other.turn;
  return one.best !== undefined && other.best !== undefined && goesBefore(one.best, other.best);
}
