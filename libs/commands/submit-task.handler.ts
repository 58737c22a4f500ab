import { createHash } from 'node:crypto';
import { GuardedCommand, GuardedHandler, Policies, aTask, canonicalJson, uuidv7, uuidv8 } from '#access';
import type { Cause, ICommandHandler } from '#access';
import { ArtifactStore } from '#artifacts';
import { taskStateOf } from '#contract';
import type { Actor, TaskState, TaskSubmitRequest } from '#contract';
import { MeshError, isMeshError } from '#errors';
import { EventStore } from '#event-store';
import { AgentRegistry } from '#registry';
import type { Submission, Submitter } from '#task';
import { execute } from './execute.js';
import { refuseUnsupported } from './unsupported.js';
import { WorkspaceCheck } from './workspace-check.js';

const DEFAULTS = { priority: 5, maxAttempts: 3 } as const;

/** The new task, or the one an earlier request with the same idempotency key made. */
export type Submitted = Readonly<{ state: TaskState; repeated: boolean }>;

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
  private readonly workspaces: WorkspaceCheck;

  constructor(
    private readonly store: EventStore,
    private readonly agents: AgentRegistry,
    policies: Policies,
    artifacts: ArtifactStore,
  ) {
    this.workspaces = new WorkspaceCheck(policies, artifacts);
  }

  async execute({ request, cause }: SubmitTask): Promise<Submitted> {
    const submission = this.submissionOf(request, cause);
    const { tenant, id: owner } = cause.actor;
    await this.workspaces.check(tenant, request);
    const key = request.idempotencyKey;
    const taskId = key === undefined ? uuidv7() : uuidv8(tenant, owner, key);
    const target = { tenant, taskId, input: submission.input };
    try {
      const { stored } = await execute(this.store, target, { type: 'SubmitTask', data: submission }, cause);
      return { state: taskStateOf(taskId, stored.task, submission.input), repeated: false };
    } catch (error) {
      if (key === undefined || !isMeshError(error, 'version_conflict')) throw error;
      return this.repeated(taskId, submission.requestDigest);
    }
  }

  private submissionOf(request: TaskSubmitRequest, { actor, verdict }: Cause): Submission {
    refuseUnsupported(request);
    const { idempotencyKey, ...asked } = request;
    const agentId = asked.agentId ?? this.agents.defaultAgent;
    this.agents.require(agentId);
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

  private async repeated(taskId: string, digest: string | undefined): Promise<Submitted> {
    const stored = await this.store.loadWithText(taskId);
    if (!stored)
      throw new MeshError('unavailable', 'the task of this key cannot be read yet', { retryAfterSeconds: 1 });
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
}

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
