import { EVENT_COLUMNS } from '../task-view.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';
import { stateOf } from '../watch-task.js';

export const events: Verb = (program, verbs) => {
  program
    .command('events')
    .argument('<taskId>')
    .description('show a task’s history: what happened, when, and by whom')
    .addHelpText('after', examples('coderclaw events 0198c0de-…', 'coderclaw events 0198c0de-… --json'))
    .action(
      verbs.action((call, _options, taskId) =>
        call.runtime('log', async (connection) => {
          await stateOf(connection, taskId);
          await call.output.rows(await connection.runtime.getTaskEvents(taskId), EVENT_COLUMNS, 'no events');
        }),
      ),
    );
};
