import { createHash } from 'node:crypto';
import { Approvals, GuardedCommand, GuardedHandler, aTask, canonicalJson, uuidv7, uuidv8 } from '#access';
import type { Cause, ICommandHandler } from '#access';
import { requeuedTaskId, taskStateOf } from '#contract';
import type { Actor, TaskSubmitRequest } from '#contract';
import { isMeshError } from '#errors';
import { EventStore } from '#event-store';
import { AgentRegistry } from '#registry';
import { merged } from '#task';
import type { Submission, Submitter } from '#task';
import { Admission } from './admission.service.js';
import { execute } from './execute.js';
import { Repeats } from './repeats.service.js';
import type { Submitted } from './repeats.service.js';

const DEFAULTS = { priority: 5, maxAttempts: 3 } as const;

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
    private readonly admission: Admission,
    private readonly repeats: Repeats,
  ) {}

  async execute({ request, retryOf, cause }: SubmitTask): Promise<Submitted> {
    const submission = await this.submissionOf({ request, retryOf, cause });
    const { tenant } = cause.actor;
    const { idempotencyKey: key } = request;
    const taskId = idOf(cause, { key, retryOf });
    const mayRepeat = key !== undefined || retryOf !== undefined;
    const target = { tenant, taskId, input: submission.input };
    try {
      await this.admission.admit(tenant, request, mayRepeat ? taskId : null);
      const { stored } = await execute(this.store, target, { type: 'SubmitTask', data: submission }, cause);
      return { state: taskStateOf(taskId, stored.task, submission.input), repeated: false };
    } catch (error) {
      if (!mayRepeat || !isMeshError(error, 'version_conflict')) throw error;
      const { requestDigest: digest } = submission;
      return this.repeats.find(taskId, { key, retryOf, digest, actor: cause.actor });
    }
  }

  private async submissionOf({
    request,
    retryOf,
    cause: { actor },
  }: Pick<SubmitTask, 'request' | 'retryOf' | 'cause'>): Promise<Submission> {
    const {
      idempotencyKey,
      agentId = this.agents.defaultAgent,
      sessionId = actor.sessionId,
      priority = DEFAULTS.priority,
      maxAttempts = DEFAULTS.maxAttempts,
      ...asked
    } = request;
    this.agents.requireReady(agentId);
    const { id: ownerId, tenant } = actor;
    const submitter = submitterOf(actor);
    return merged<Submission>(
      { agentId, ownerId, submitter, sessionId, priority, maxAttempts, ...asked },
      {
        approvalTtlMs: asked.requiresApproval ? await this.approvals.ttlMs(tenant, { agentId }) : undefined,
        requestDigest: idempotencyKey === undefined ? undefined : digestOf(request),
        retryOf,
      },
    );
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
const submitterOf = ({ userName, issuer, deviceId, roles, trust, scope }: Actor): Submitter =>
  merged<Submitter>({ roles, trust }, { userName, issuer, deviceId, scope });

/** Of what was asked for, under whatever key. */
const digestOf = (request: TaskSubmitRequest): string => {
  const asked = canonicalJson({ ...request, idempotencyKey: undefined });
  return createHash('sha256').update(asked).digest('hex');
};
