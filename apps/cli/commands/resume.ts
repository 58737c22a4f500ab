import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const resume: Verb = (program, verbs) => {
  program
    .command('resume')
    .argument('<taskId>')
    .description('go on with a task that is paused, or answer what it waits for')
    .option('--input <text>', 'the answer to its question')
    .addHelpText(
      'after',
      examples('coderclaw resume 0198c0de-…', 'coderclaw resume 0198c0de-… --input "the second one"'),
    )
    .action(
      verbs.action((call, { input }: { input?: string }, taskId) =>
        call.runtime('log', async ({ runtime }) =>
          call.output.result(
            await runtime.resumeTask(taskId, input === undefined ? {} : { input }),
            ({ id, status }) => `${id} ${status}`,
          ),
        ),
      ),
    );
};
