import type { TaskEvent } from '#task';

/** A submission, for specs that need some event to begin with. */
export const submitted: TaskEvent = {
  type: 'TaskSubmitted',
  data: {
    ownerId: 'ann',
    sessionId: 'default',
    agentId: 'shell',
    description: 'say hello',
    input: 'echo hello',
    priority: 5,
    maxAttempts: 3,
  },
};

/** A piece of output. */
export const output = (text: string): TaskEvent => ({
  type: 'OutputAppended',
  data: { channel: 'stdout', text },
});
