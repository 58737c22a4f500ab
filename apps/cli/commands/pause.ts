import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const pause: Verb = (program, verbs) => {
  program
    .command('pause')
    .argument('<taskId>')
    .description('stop a running task until it is resumed')
    .addHelpText('after', examples('coderclaw pause 0198c0de-…'))
    .action(
      verbs.action((call, _options, taskId) =>
        call.runtime('log', async ({ runtime }) =>
          call.output.result(await runtime.pauseTask(taskId), ({ id, status }) => `${id} ${status}`),
        ),
      ),
    );
};
