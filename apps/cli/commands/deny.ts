import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const deny: Verb = (program, verbs) => {
  program
    .command('deny')
    .argument('<taskId>')
    .description('refuse what a task waits to do')
    .option('--reason <text>', 'why')
    .addHelpText('after', examples('coderclaw deny 0198c0de-… --reason "not on a Friday"'))
    .action(
      verbs.action((call, { reason }: { reason?: string }, taskId) =>
        call.runtime('log', async ({ runtime }) =>
          call.output.result(
            await runtime.resumeTask(taskId, {
              approved: false,
              ...(reason === undefined ? {} : { reason }),
            }),
            ({ id, status }) => `${id} denied, now ${status}`,
          ),
        ),
      ),
    );
};
