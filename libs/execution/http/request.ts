import { createHmac } from 'node:crypto';
import type { Grant } from '#contract';
import type { Posting } from './post.js';

/** Where an agent is, and the key by which it knows that it is we who ask. */
export type HttpAgent = Readonly<{ url: string; secret?: Uint8Array | undefined }>;

/** What is posted for an attempt: what the agent needs to know of the task, and the names by which it finds it again. */
export function requestOf(grant: Grant, secret: Uint8Array | undefined, sentAt: Date): Posting {
  const id = `${grant.taskId}:${grant.attempt}`;
  const body = JSON.stringify(bodyOf(grant));
  return {
    body,
    headers: {
      accept: 'application/x-ndjson, text/plain, application/json',
      'content-type': 'application/json',
      'idempotency-key': id,
      'user-agent': 'coderclaw',
      ...(secret && signature({ id, body, secret, sentAt })),
    },
  };
}

/** What an agent is told of a task. */
const TOLD = [
  'taskId',
  'attempt',
  'epoch',
  'agentId',
  'tenant',
  'sessionId',
  'description',
  'input',
  'model',
  'thinking',
  'metadata',
  'timeoutMs',
] as const satisfies readonly (keyof Grant)[];

const bodyOf = (grant: Grant) => Object.fromEntries(TOLD.map((key) => [key, grant[key]]));

type Message = Readonly<{ id: string; body: string; secret: Uint8Array; sentAt: Date }>;

/** By Standard Webhooks, version 1. */
function signature({ id, body, secret, sentAt }: Message): Readonly<Record<string, string>> {
  const timestamp = `${Math.floor(sentAt.getTime() / 1000)}`;
  const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
}
