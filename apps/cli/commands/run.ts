import type { RuntimeInterface } from '#contract';
import type { Connection } from '../connection.js';
import { requestOf, withSubmission, withWorkspace } from '../submission.js';
import type { SubmissionOptions } from '../submission.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';
import { watchTask } from '../watch-task.js';

export const run: Verb = (program, verbs) => {
  withSubmission(program.command('run'))
    .description('submit a task and watch it; its output and its success are this command’s own')
    .addHelpText(
      'after',
      examples(
        `coderclaw run "npm test"`,
        `coderclaw run "node -e 'console.log(6*7)'" > answer.txt`,
        `coderclaw run "npm ci && npm test" --workspace . --url https://mesh.example`,
        `git diff | coderclaw run - --agent shell --timeout 60000 --json`,
      ),
    )
    .action(
      verbs.action(async (call, options: SubmissionOptions, input) => {
        const request = await requestOf(input, options, call.io);
        return call.runtime({ need: 'worker', workspace: options.workspace }, async (connection) => {
          const { id } = await connection.runtime.submitTask(await withWorkspace(request, connection));
          await call.output.note(`task ${id}`);
          return watchOrCancel(call, connection, id);
        });
      }),
    );
};

/** A task that runs in this process must not outlive a watching that went wrong. */
async function watchOrCancel({ io, output }: Call, connection: Connection, taskId: string): Promise<number> {
  try {
    return await watchTask({ connection, taskId, io, output });
  } catch (error) {
    if (connection.inProcess) await cancelQuietly(connection.runtime, taskId);
    throw error;
  }
}

/** The first error is the one to tell. */
const cancelQuietly = (runtime: RuntimeInterface, taskId: string): Promise<boolean> =>
  runtime.cancelTask(taskId, 'whoever watched it has failed').catch(() => false);
