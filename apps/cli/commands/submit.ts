import { requestOf, withSubmission, withWorkspace } from '../submission.js';
import type { SubmissionOptions } from '../submission.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const submit: Verb = (program, verbs) => {
  withSubmission(program.command('submit'))
    .description('hand a task to a server, and go on; prints the task’s id')
    .addHelpText(
      'after',
      examples(
        `coderclaw submit "npm run build" --priority 9`,
        `coderclaw watch "$(coderclaw submit 'npm test')"`,
        `coderclaw submit "make release" --idempotency-key release-1.4 --requires-approval`,
      ),
    )
    .action(
      verbs.action(async (call, options: SubmissionOptions, input) => {
        const request = await requestOf(input, options, call.io);
        await call.runtime({ need: 'server', workspace: options.workspace }, async (connection) => {
          const { runtime, flags } = connection;
          const task = await runtime.submitTask(await withWorkspace(request, connection));
          await call.output.result(task, ({ id }) => id);
          await call.output.note(`watch it: coderclaw watch ${task.id}${flags}`);
        });
      }),
    );
};
