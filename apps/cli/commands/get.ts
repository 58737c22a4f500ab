import { describeTask, howToAnswer } from '../task-view.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';
import { stateOf } from '../watch-task.js';

export const get: Verb = (program, verbs) => {
  program
    .command('get')
    .argument('<taskId>')
    .description('show one task as it is now')
    .addHelpText(
      'after',
      examples('coderclaw get 0198c0de-…', 'coderclaw get 0198c0de-… --json | jq -r .output'),
    )
    .action(
      verbs.action((call, _options, taskId) =>
        call.runtime('log', async (connection) => {
          const task = await stateOf(connection, taskId);
          const hint = howToAnswer(task);
          if (hint !== undefined) await call.output.note(hint);
          await call.output.result(task, describeTask);
        }),
      ),
    );
};
