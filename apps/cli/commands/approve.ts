import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const approve: Verb = (program, verbs) => {
  program
    .command('approve')
    .argument('<taskId>')
    .description('approve what a task waits to do')
    .option('--reason <text>', 'why')
    .addHelpText('after', examples('coderclaw approve 0198c0de-… --reason "reviewed"'))
    .action(
      verbs.action((call, { reason }: { reason?: string }, taskId) =>
        call.runtime('log', async ({ runtime }) =>
          call.output.result(
            await runtime.resumeTask(taskId, { approved: true, ...(reason === undefined ? {} : { reason }) }),
            ({ id, status }) => `${id} approved, now ${status}`,
          ),
        ),
      ),
    );
};
