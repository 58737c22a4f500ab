import { createHash } from 'node:crypto';
import { Approvals, GuardedCommand, GuardedHandler, aTask, canonicalJson, uuidv7, uuidv8 } from '#access';
import type { Cause, ICommandHandler } from '#access';
import { requeuedTaskId, taskStateOf } from '#contract';
import type { Actor, TaskState, TaskSubmitRequest } from '#contract';
import { MeshError, isMeshError } from '#errors';
import { EventStore } from '#event-store';
import { AgentRegistry } from '#registry';
import type { Submission, Submitter } from '#task';
import { execute } from './execute.js';
import { refuseUnsupported } from './unsupported.js';

const DEFAULTS = { priority: 5, maxAttempts: 3 } as const;

/** The new task, or the one an earlier request with the same idempotency key made. */
export type Submitted = Readonly<{ state: TaskState; repeated: boolean }>;

export class SubmitTask extends GuardedCommand<Submitted> {
  /** @param retryOf the task that was given up, and that this one does again; once, however often it is asked */
  constructor(
    readonly request: TaskSubmitRequest,
    readonly retryOf?: string,
  ) {
    super();
  }
}

@GuardedHandler(SubmitTask, ({ request: { agentId, sessionId, parentTaskId }, retryOf }) => ({
  permissions: ['task:submit', 'agent:invoke'],
  invokes: { agentId },
  mentions: [
    ...(sessionId === undefined ? [] : [{ type: 'context', id: sessionId } as const]),
    ...(parentTaskId === undefined ? [] : [aTask(parentTaskId)]),
    ...(retryOf === undefined ? [] : [aTask(retryOf)]),
  ],
  action: 'task.submit',
}))
export class SubmitTaskHandler implements ICommandHandler<SubmitTask> {
  constructor(
    private readonly store: EventStore,
    private readonly agents: AgentRegistry,
    private readonly approvals: Approvals,
  ) {}

  async execute({ request, retryOf, cause }: SubmitTask): Promise<Submitted> {
    const submission = {
      ...(await this.submissionOf(request, cause)),
      ...(retryOf === undefined ? {} : { retryOf }),
    };
    const { tenant } = cause.actor;
    const taskId = idOf(cause, { key: request.idempotencyKey, retryOf });
    const target = { tenant, taskId, input: submission.input };
    try {
      const { stored } = await execute(this.store, target, { type: 'SubmitTask', data: submission }, cause);
      return { state: taskStateOf(taskId, stored.task, submission.input), repeated: false };
    } catch (error) {
      if (!isMeshError(error, 'version_conflict')) throw error;
      return this.repeated(taskId, submission);
    }
  }

  private async submissionOf(request: TaskSubmitRequest, { actor }: Cause): Promise<Submission> {
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
      ...(asked.requiresApproval
        ? { approvalTtlMs: await this.approvals.ttlMs(actor.tenant, { agentId }) }
        : {}),
      ...(idempotencyKey === undefined ? {} : { requestDigest: digestOf(asked) }),
    };
  }

  private async repeated(
    taskId: string,
    { requestDigest, retryOf, ownerId }: Submission,
  ): Promise<Submitted> {
    const stored = await this.store.loadWithText(taskId);
    if (!stored)
      throw new MeshError('unavailable', 'the task of this key cannot be read yet', { retryAfterSeconds: 1 });
    if (retryOf !== undefined && stored.task.ownerId !== ownerId)
      throw new MeshError('illegal_transition', `task ${retryOf} was requeued by somebody else`);
    if (stored.task.requestDigest !== requestDigest) {
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

/** What is repeated finds what it made the first time. */
function idOf(
  { actor }: Cause,
  { key, retryOf }: Readonly<{ key: string | undefined; retryOf: string | undefined }>,
): string {
  if (retryOf !== undefined) return requeuedTaskId(actor.tenant, retryOf);
  return key === undefined ? uuidv7() : uuidv8(actor.tenant, actor.id, key);
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
