import { randomUUID } from 'node:crypto';
import { ORIGIN } from '#contract';
import type { AuditEntry, Cursor } from '#contract';
import { fold, placementOf } from '#task';
import type { Recorded, Task, TaskEvent } from '#task';
import { settled } from '#test/settled';
import type { Commit, EventStore, LoggedCommit, Stored } from './event-store.js';
import type { SqlPool } from './sql-pool.js';

export type OpenedStore = Readonly<{
  store: EventStore;
  /** To look behind it. */
  pool: SqlPool;
  /** A transaction that holds a transaction id until the function it gives is called; null where there is one connection. */
  holdXid: (() => Promise<() => Promise<void>>) | null;
  close(): Promise<void>;
}>;

const SUBMITTED = {
  ownerId: 'u',
  sessionId: 's',
  agentId: 'a',
  description: 'd',
  input: 'in',
  priority: 5,
  maxAttempts: 3,
} as const;
export const submitted: TaskEvent = { type: 'TaskSubmitted', data: SUBMITTED };
export const granted: TaskEvent = { type: 'LeaseGranted', data: { workerId: 'w', leaseMs: 45_000 } };
export const planning: TaskEvent = { type: 'PlanningStarted', data: {} };
export const started: TaskEvent = { type: 'TaskStarted', data: {} };
export const said = (text: string): TaskEvent => ({
  type: 'OutputAppended',
  data: { channel: 'text', text },
});
export const completed: TaskEvent = { type: 'TaskCompleted', data: { output: 'out' } };

export type On = Readonly<{ taskId: string; task: Task | null }>;

/** A commit as a command handler makes it. */
export function commitOn(
  { taskId, task }: On,
  events: readonly TaskEvent[],
  more: Partial<Commit> = {},
): Commit {
  const author = { kind: 'user', id: 'u' } as const;
  const at = new Date().toISOString();
  const from = task?.version ?? 0;
  const recorded = events.map((event, i): Recorded => ({ ...event, version: from + i + 1, at, author }));
  const after = fold(recorded, task) as Task;
  return {
    id: randomUUID(),
    tenant: 't',
    taskId,
    expectedVersion: from,
    events,
    author,
    at,
    task: after,
    placement: placementOf(after),
    decision: { rule: 'r', reason: 'because' },
    ...(from === 0 ? { input: 'in' } : {}),
    ...more,
  };
}

export const newTask = (): On => ({ taskId: randomUUID(), task: null });

export const auditEntry = (id = randomUUID()): AuditEntry => ({
  id,
  tenant: 't',
  at: new Date().toISOString(),
  actorKind: 'user',
  userId: 'u',
  sessionId: 's',
  trust: 'trusted',
  roles: ['admin'],
  action: 'task.submit',
  resourceType: 'task',
  resourceId: 'x',
  result: 'denied',
  reason: 'no',
  rule: 'r',
});

export const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);

export const codeOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'fulfilled' ? 'won' : (result.reason as { code: string }).code;

/** Everything the log has after the cursor. */
export async function drain(
  store: EventStore,
  from: Cursor = ORIGIN,
  limit = 50,
): Promise<readonly LoggedCommit[]> {
  await settled(store);
  const all: LoggedCommit[] = [];
  for (let after = from; ;) {
    const page = await store.tail(after, limit);
    const last = page.at(-1);
    if (!last) return all;
    all.push(...page);
    after = last.cursor;
  }
}

/** A whole life: submitted, leased, run, completed. */
export async function lifeOf(store: EventStore): Promise<Stored> {
  let stored = await store.append(commitOn(newTask(), [submitted]));
  for (const events of [[granted], [planning, started, said('1'), said('2')]]) {
    stored = await store.append(commitOn(stored, events));
  }
  return store.append(commitOn(stored, [completed], { output: 'out' }));
}
