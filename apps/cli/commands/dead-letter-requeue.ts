import type { TaskState } from '#contract';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const deadLetterRequeue: Verb = (group, verbs) => {
  group
    .command('requeue')
    .argument('<taskId>', 'as `dead-letter list` shows it')
    .description('do it again, as a new task of yours; asked again, it is the same new task')
    .addHelpText('after', examples('coderclaw dead-letter requeue 0198c0de-…'))
    .action(
      verbs.action((call, _options, taskId = '') =>
        call.api(async (api) => {
          const path = `/v1/dead-letters/${encodeURIComponent(taskId)}/requeue`;
          await call.output.result(
            await api.post<TaskState>(path, {}),
            ({ id, status }) => `${id} ${status}: \`coderclaw watch ${id}\` follows it`,
          );
        }),
      ),
    );
};
