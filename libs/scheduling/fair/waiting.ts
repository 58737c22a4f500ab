import type { QueuedTask } from '#event-store';
import type { Heap, Placed } from './heap.js';
import type { Node, Quota } from './quota.js';

/**
 * What a level of priority is worth: a task of priority 6 goes before one of priority 5 of the same session that was
 * submitted up to a minute earlier. So nothing waits for ever behind what is more urgent, and no key ever changes.
 */
const LEVEL_MS = 60_000;

/** What tasks of a tenant may take at once. */
export type Share = Readonly<{
  tasks: number;
  perSession: number;
  perAgent: ReadonlyMap<string, number>;
  /** What each of its sessions gets beside a session of another tenant. */
  sessionWeight: number;
}>;

export type Tenant = {
  readonly id: string;
  readonly quota: Quota;
  readonly agents: Map<string, Quota>;
  readonly sessions: Map<string, Session>;
  share: Share;
};

/**
 * `turn`: the virtual time at which the session has its next turn; see turns.ts.
 * `lined`: how many of its tasks could begin by now.
 */
export type Session = {
  readonly id: string;
  readonly tenant: Tenant;
  readonly quota: Quota;
  readonly lanes: Map<string, Lane>;
  turn: number;
  lined: number;
};

/** Tasks of one session that ask for the same: one agent, and the same labels. `members` counts parked ones, too. */
export type Lane = {
  readonly id: string;
  readonly session: Session;
  readonly agentId: string;
  readonly requires: readonly string[];
  readonly tasks: Heap<Waiting>;
  /** Where it is in the tree of each kind of worker that can run it. */
  readonly leaves: Map<object, Node>;
  members: number;
};

/**
 * A task that waits. `key` orders the tasks of a session; `sweep` is the last look at the table that found it; while it
 * is parked it may not begin yet.
 */
export type Waiting = Placed & {
  readonly task: QueuedTask;
  readonly key: number;
  readonly lane: Lane;
  sweep: number;
  isParked: boolean;
};

/** When a task's turn comes within its session: earlier ones first, a minute earlier for each level of priority. */
export const keyOf = ({ submittedAt, priority }: Pick<QueuedTask, 'submittedAt' | 'priority'>): number =>
  submittedAt - priority * LEVEL_MS;

/** Whether one task of a session goes before another. */
export const goesBefore = (one: Waiting, other: Waiting): boolean =>
  one.key < other.key || (one.key === other.key && one.task.place < other.task.place);

/** Labels are a set: their order and repetition mean nothing. */
export const laneIdOf = ({ agentId, requires }: Pick<QueuedTask, 'agentId' | 'requires'>): string =>
  requires.length === 0 ? agentId : JSON.stringify([agentId, ...new Set(requires.toSorted())]);
