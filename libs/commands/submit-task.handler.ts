import { createHash } from 'node:crypto';
import {
  GuardedCommand,
  GuardedHandler,
  Policies,
  aTask,
  canonicalJson,
  isSeen,
  uuidv7,
  uuidv8,
} from '#access';
import type { Cause, ICommandHandler } from '#access';
import { taskStateOf } from '#contract';
import type { Actor, TaskState, TaskSubmitRequest } from '#contract';
import { MeshError, isMeshError } from '#errors';
import { EventStore } from '#event-store';
import type { Stored } from '#event-store';
import { AgentRegistry } from '#registry';
import type { Submission, Submitter } from '#task';
import { Backlog } from './backlog.service.js';
import { execute } from './execute.js';
import { refuseUnsupported } from './unsupported.js';

const DEFAULTS = { priority: 5, maxAttempts: 3 } as const;

/** The new task, or the one an earlier request with the same idempotency key made. */
export type Submitted = Readonly<{ state: TaskState; repeated: boolean }>;

type Repeat = Readonly<{ key: string; digest: string | undefined; actor: Actor }>;

export class SubmitTask extends GuardedCommand<Submitted> {
  constructor(readonly request: TaskSubmitRequest) {
    super();
  }
}

@GuardedHandler(SubmitTask, ({ request: { agentId, sessionId, parentTaskId } }) => ({
  permissions: ['task:submit', 'agent:invoke'],
  invokes: { agentId },
  mentions: [
    ...(sessionId === undefined ? [] : [{ type: 'context', id: sessionId } as const]),
    ...(parentTaskId === undefined ? [] : [aTask(parentTaskId)]),
  ],
  action: 'task.submit',
}))
export class SubmitTaskHandler implements ICommandHandler<SubmitTask> {
  constructor(
    private readonly store: EventStore,
    private readonly agents: AgentRegistry,
    private readonly policies: Policies,
    private readonly backlog: Backlog,
  ) {}

  async execute({ request, cause }: SubmitTask): Promise<Submitted> {
    const submission = this.submissionOf(request, cause);
    const { tenant, id: owner } = cause.actor;
    const key = request.idempotencyKey;
    const taskId = key === undefined ? uuidv7() : uuidv8(tenant, owner, key);
    const target = { tenant, taskId, input: submission.input };
    try {
      await this.admit(tenant, key === undefined ? null : taskId);
      const { stored } = await execute(this.store, target, { type: 'SubmitTask', data: submission }, cause);
      return { state: taskStateOf(taskId, stored.task, submission.input), repeated: false };
    } catch (error) {
      if (key === undefined || !isMeshError(error, 'version_conflict')) throw error;
      return this.repeated(taskId, { key, digest: submission.requestDigest, actor: cause.actor });
    }
  }

  /**
   * A repeat takes no more room than there is, so it is let in to find its task.
   *
   * @throws {MeshError} `rate_limited` if as many tasks wait as may
   */
  private async admit(tenant: string, repeatedId: string | null): Promise<void> {
    try {
      await this.backlog.admit(tenant);
    } catch (refusal) {
      if (repeatedId === null || !(await this.store.load(repeatedId))) throw refusal;
    }
  }

  private submissionOf(request: TaskSubmitRequest, { actor, verdict }: Cause): Submission {
    refuseUnsupported(request);
    const { idempotencyKey, ...asked } = request;
    const agentId = asked.agentId ?? this.agents.defaultAgent;
    this.agents.requireReady(agentId);
    return {
      ...asked,
      agentId,
      ownerId: actor.id,
      submitter: submitterOf(actor),
      sessionId: asked.sessionId ?? actor.sessionId,
      priority: asked.priority ?? DEFAULTS.priority,
      maxAttempts: asked.maxAttempts ?? DEFAULTS.maxAttempts,
      ...(verdict.needsApproval ? { requiresApproval: true } : {}),
      ...(idempotencyKey === undefined ? {} : { requestDigest: digestOf(asked) }),
    };
  }

  private async repeated(taskId: string, { key, digest, actor }: Repeat): Promise<Submitted> {
    const stored = await this.store.loadWithText(taskId);
    if (!stored)
      throw new MeshError('unavailable', 'the task of this key cannot be read yet', { retryAfterSeconds: 1 });
    if (!(await this.isSeen(actor, stored))) throw usedElsewhere(key);
    if (stored.task.requestDigest !== digest) {
      throw new MeshError(
        'idempotency_mismatch',
        `task ${taskId} was submitted with this key and another body`,
        {
          field: 'idempotencyKey',
          hint: 'use a new key for a new request',
        },
      );
    }
    return { state: taskStateOf(taskId, stored.task, stored.input, stored.output), repeated: true };
  }

  /** A key is its owner's in all sessions, but what a session's tasks are is no other session's business. */
  private async isSeen(actor: Actor, { tenant, task: { ownerId, sessionId } }: Stored): Promise<boolean> {
    const policy = await this.policies.of(actor.tenant);
    return isSeen(policy, actor, 'task', { tenant, userId: ownerId, sessionId });
  }
}

const usedElsewhere = (key: string) =>
  new MeshError('idempotency_mismatch', `the idempotency key "${key}" was used in another session`, {
    field: 'idempotencyKey',
    hint: 'use a new key here, or repeat the request in that session',
  });

/** The rights that the task is narrowed to for as long as it lives. */
const submitterOf = ({ userName, issuer, deviceId, roles, trust, scope }: Actor): Submitter => ({
  roles,
  trust,
  ...defined({ userName, issuer, deviceId, scope }),
});

const defined = <Fields extends object>(fields: Fields): Partial<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;

const digestOf = (request: object): string =>
  createHash('sha256').update(canonicalJson(request)).digest('hex');
