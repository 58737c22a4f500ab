import type { Gate } from '#access';
import { isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import { GateRuntime } from '#transports/local';
import type { Outcome } from './expected.js';
import type { Target } from './things.js';
import type { Transport } from './transport.js';

const TASK = { description: 'd', input: 'i', agentId: 'echo' } as const;

type Ask = (runtime: GateRuntime, target: Target) => Promise<unknown>;

/** Each row of the table, as the runtime's method is called for it. */
const CALLS: Readonly<Record<string, Ask>> = {
  'POST /v1/tasks': (runtime) => runtime.submitTask(TASK),
  'POST /v1/tasks#into a session': (runtime, { id }) => runtime.submitTask({ ...TASK, sessionId: id }),
  'POST /v1/tasks#under a parent': (runtime, { id }) => runtime.submitTask({ ...TASK, parentTaskId: id }),
  'POST /v1/tasks#for the shell': (runtime) => runtime.submitTask({ ...TASK, agentId: 'shell' }),
  'GET /v1/tasks': (runtime) => runtime.listTasks(),
  'GET /v1/tasks/:id': (runtime, { id }) => runtime.getTaskState(id),
  'GET /v1/tasks/:id/events': (runtime, { id }) => runtime.getTaskEvents(id),
  'GET /v1/tasks/:id/stream': async (runtime, { id }) => {
    for await (const update of runtime.streamTaskUpdates(id)) return update;
    return null;
  },
  'POST /v1/tasks/:id/cancel': async (runtime, { id }) => (await runtime.cancelTask(id)) || null,
  'POST /v1/tasks/:id/pause': (runtime, { id }) => runtime.pauseTask(id),
  'POST /v1/tasks/:id/resume': (runtime, { id }) => runtime.resumeTask(id),
  'POST /v1/tasks/:id/resume#approving': (runtime, { id }) => runtime.resumeTask(id, { approved: true }),
  'GET /v1/agents': (runtime) => runtime.listAgents(),
  'GET /v1/skills': (runtime) => runtime.listSkills(),
  'GET /v1/status': (runtime) => runtime.getStatus(),
};

const OUTCOMES: Readonly<Partial<Record<ErrorCode, Outcome>>> = {
  unauthenticated: 'not signed in',
  access_denied: 'denied',
  not_found: 'hidden',
  illegal_transition: 'conflict',
};

/** In process: the runtime of one actor. `null` and `false` are how it says that there is nothing. */
export const localTransport = (gate: Gate): Transport => ({
  name: 'the in-process runtime',
  async call(operation, caller, target) {
    if (!caller) throw new Error('there is no in-process runtime of nobody');
    try {
      const answer = await CALLS[operation]?.(new GateRuntime({ gate, actor: caller.actor }), target);
      return answer === null ? 'hidden' : 'done';
    } catch (error) {
      return (isMeshError(error) && OUTCOMES[error.code]) || String(error);
    }
  },
});
