import { createHash } from 'node:crypto';
import { DEFAULT_TENANT, canonicalJson, uuidv7, uuidv8 } from '#contract';
import type { TaskSubmitRequest } from '#contract';
import type { Submission } from '#task';

/** What a request that leaves things open means, in the engine's face. */
const DEFAULTS = { agentId: 'shell', sessionId: 'default', priority: 5, maxAttempts: 3 } as const;

/** Whoever uses an engine in process is its one owner. */
const OWNER = 'local';

/** The request with every default filled in, and the id its task gets: always the same one for an idempotency key. */
export function submissionOf(
  request: TaskSubmitRequest,
): Readonly<{ taskId: string; submission: Submission }> {
  const { idempotencyKey: key, ...asked } = request;
  return {
    taskId: key === undefined ? uuidv7() : uuidv8(DEFAULT_TENANT, OWNER, key),
    submission: {
      ...asked,
      ownerId: OWNER,
      agentId: asked.agentId ?? DEFAULTS.agentId,
      sessionId: asked.sessionId ?? DEFAULTS.sessionId,
      priority: asked.priority ?? DEFAULTS.priority,
      maxAttempts: asked.maxAttempts ?? DEFAULTS.maxAttempts,
      ...(key === undefined ? {} : { requestDigest: digestOf(asked) }),
    },
  };
}

const digestOf = (request: object): string =>
  createHash('sha256').update(canonicalJson(request)).digest('hex');
