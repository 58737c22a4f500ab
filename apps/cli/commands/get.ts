import { describeTask } from '../task-view.js';
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
        call.runtime('log', async (connection) =>
          call.output.result(await stateOf(connection, taskId), describeTask),
        ),
      ),
    );
};
