import { MeshError } from '#errors';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';
import { stateOf } from '../watch-task.js';

export const cancel: Verb = (program, verbs) => {
  program
    .command('cancel')
    .argument('<taskId>')
    .description('cancel a task; what runs of it is ended')
    .option('--reason <text>', 'why')
    .addHelpText('after', examples('coderclaw cancel 0198c0de-… --reason "wrong branch"'))
    .action(
      verbs.action((call, { reason }: { reason?: string }, taskId) =>
        call.runtime('log', async (connection) => {
          const cancelled = await connection.runtime.cancelTask(taskId, reason);
          const state = await stateOf(connection, taskId);
          if (!cancelled) throw tooLate(taskId, state.status);
          await call.output.result(state, ({ id, status }) => `${id} ${status}`);
        }),
      ),
    );
};

const tooLate = (taskId: string, status: string) =>
  new MeshError('illegal_transition', `task ${taskId} is ${status}: there is nothing left to cancel`);
