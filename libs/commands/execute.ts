import type { Cause } from '#access';
import { MeshError, isMeshError } from '#errors';
import type { Commit, EventStore, Stored } from '#event-store';
import { decide, evolve, placementOf, recordedAs } from '#task';
import type { Author, Lease, TaskCommand, TaskEvent, TaskOrNone } from '#task';

export type Executed = Readonly<{ stored: Stored; ended: Lease | undefined }>;

/** Eight writers racing on one task need at most eight rounds; more means something else is wrong. */
const MAX_ROUNDS = 32;

export type Target = Readonly<{ tenant: string; taskId: string; author?: Author; input?: string }>;

/**
 * Read, decide, append; decides afresh when another writer got there first. What this process remembers is good
 * enough to try with, but a refusal is never answered from memory: it is decided again on what is stored.
 *
 * @returns the task after the command, and the lease that the command took from a worker, if it did
 * @throws {MeshError} what `decide` and `EventStore.append` throw
 */
export async function execute(
  store: EventStore,
  target: Target,
  command: TaskCommand,
  cause: Cause,
): Promise<Executed> {
  const isNew = command.type === 'SubmitTask';
  let stored = isNew ? null : await store.peek(target.taskId);
  for (let round = 1; ; round++) {
    const before = stored?.task ?? null;
    const attempt = tryDecide(command, before);
    const isLast = isNew || round === MAX_ROUNDS;
    const isStored = isNew || round > 1;
    const executed =
      attempt.events.length > 0
        ? await tryAppend(store, commitOf(target, attempt.events, before, cause), before, isLast)
        : isStored && unchanged(attempt, stored);
    if (executed) return executed;
    stored = await store.load(target.taskId);
  }
}

/** Nothing to append: said by the refusal, or what is stored already. */
function unchanged({ refusal }: Attempt, stored: Stored | null): Executed | null {
  if (refusal) throw refusal;
  return stored && { stored, ended: undefined };
}

/** @returns null where another writer got there first, unless it was the last attempt: then that is thrown */
async function tryAppend(
  store: EventStore,
  commit: Commit,
  before: TaskOrNone,
  isLast: boolean,
): Promise<Executed | null> {
  try {
    const stored = await store.append(commit);
    return { stored, ended: stored.task.lease ? undefined : before?.lease };
  } catch (error) {
    if (!isLast && isMeshError(error, 'version_conflict')) return null;
    throw error;
  }
}

type Attempt = Readonly<{ events: readonly TaskEvent[]; refusal?: unknown }>;

function tryDecide(command: TaskCommand, task: TaskOrNone): Attempt {
  try {
    return { events: decide(command, task) };
  } catch (refusal) {
    return { events: [], refusal };
  }
}

/** The commit that a decision becomes. */
function commitOf(target: Target, events: readonly TaskEvent[], before: TaskOrNone, cause: Cause): Commit {
  const author = target.author ?? authorOf(cause);
  let task: TaskOrNone = before;
  for (const event of events) {
    task = evolve(task, recordedAs(event, { version: (task?.version ?? 0) + 1, at: cause.at, author }));
  }
  if (!task) throw new MeshError('internal', 'a commit without events');
  return {
    id: cause.commitId,
    tenant: target.tenant,
    taskId: target.taskId,
    expectedVersion: before?.version ?? 0,
    events,
    author,
    at: cause.at,
    task,
    placement: placementOf(task),
    input: target.input,
    output: outputOf(events.at(-1)),
    decision: { rule: cause.verdict.rule, reason: cause.verdict.reason },
    audit: cause.audit && { ...cause.audit, resourceType: 'task', resourceId: target.taskId },
  };
}

const outputOf = (last: TaskEvent | undefined): string | undefined =>
  last?.type === 'TaskCompleted' || last?.type === 'TaskFailed' ? last.data.output : undefined;

const authorOf = ({ actor }: Cause): Author => ({
  kind: actor.kind,
  id: actor.id,
  sessionId: actor.sessionId,
});

/** The task's tenant is its own, whoever acts on it. */
export async function targetOf(store: EventStore, taskId: string): Promise<Target> {
  const stored = await store.peek(taskId);
  if (!stored) throw new MeshError('not_found', `there is no task ${taskId}`);
  return { tenant: stored.tenant, taskId };
}
