import { MeshError } from '#errors';
import { isFinal } from '#task';
import { integer } from '../parse.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';
import { stateOf, watchTask } from '../watch-task.js';

export const watch: Verb = (program, verbs) => {
  program
    .command('watch')
    .argument('<taskId>')
    .description('show a task from its first event until it ends; its success is this command’s own')
    .option('--after <version>', 'leave out the events up to this one', integer(0))
    .addHelpText(
      'after',
      examples('coderclaw watch 0198c0de-…', 'coderclaw watch 0198c0de-… --after 12 --json'),
    )
    .action(
      verbs.action((call, { after = 0 }: { after?: number }, taskId) =>
        call.runtime('log', async (connection) => {
          const { status } = await stateOf(connection, taskId);
          if (!connection.served && !isFinal(status)) throw nobodyWorks(taskId, status);
          return watchTask({ connection, taskId, after, io: call.io, output: call.output });
        }),
      ),
    );
};

const nobodyWorks = (taskId: string, status: string) =>
  new MeshError('unavailable', `task ${taskId} is ${status}, and no server is running to work on it`, {
    hint: 'start one with `coderclaw serve`: it goes on with the task',
  });
