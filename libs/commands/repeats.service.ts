import { Injectable } from '@nestjs/common';
import { Policies, isSeen } from '#access';
import { taskStateOf } from '#contract';
import type { Actor, TaskState } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import type { Stored, StoredWithText } from '#event-store';

/** The new task, or the one an earlier request with the same idempotency key made. */
export type Submitted = Readonly<{ state: TaskState; repeated: boolean }>;

/** A submit whose task is there already: by its idempotency key, or as the retry of one that was given up. */
type Repeat = Readonly<{
  key: string | undefined;
  retryOf: string | undefined;
  digest: string | undefined;
  actor: Actor;
}>;

/** Finds what a request made when it was asked the first time. */
@Injectable()
export class Repeats {
  constructor(
    private readonly store: EventStore,
    private readonly policies: Policies,
  ) {}

  /** @throws {MeshError} `idempotency_mismatch` | `illegal_transition` if it is not a repeat of one's own; `unavailable` */
  async find(taskId: string, repeat: Repeat): Promise<Submitted> {
    const stored = await this.store.loadWithText(taskId);
    if (!stored)
      throw new MeshError('unavailable', 'the task of this key cannot be read yet', { retryAfterSeconds: 1 });
    await this.check(taskId, stored, repeat);
    return { state: taskStateOf(taskId, stored.task, stored.input, stored.output), repeated: true };
  }

  private async check(taskId: string, stored: StoredWithText, { key, retryOf, digest, actor }: Repeat) {
    if (retryOf !== undefined && stored.task.ownerId !== actor.id) throw requeuedByAnother(retryOf);
    if (key !== undefined && !(await this.isSeen(actor, stored))) throw usedElsewhere(key);
    if (stored.task.requestDigest !== digest) throw anotherBody(taskId);
  }

  /** A key is its owner's in all sessions, but what a session's tasks are is no other session's business. */
  private async isSeen(actor: Actor, { tenant, task: { ownerId, sessionId } }: Stored): Promise<boolean> {
    const policy = await this.policies.of(actor.tenant);
    return isSeen(policy, actor, 'task', { tenant, userId: ownerId, sessionId });
  }
}

const requeuedByAnother = (retryOf: string) =>
  new MeshError('illegal_transition', `task ${retryOf} was requeued by somebody else`);

const usedElsewhere = (key: string) =>
  new MeshError('idempotency_mismatch', `the idempotency key "${key}" was used in another session`, {
    field: 'idempotencyKey',
    hint: 'use a new key here, or repeat the request in that session',
  });

const anotherBody = (taskId: string) =>
  new MeshError('idempotency_mismatch', `task ${taskId} was submitted with this key and another body`, {
    field: 'idempotencyKey',
    hint: 'use a new key for a new request',
  });
