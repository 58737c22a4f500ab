import { Option } from 'commander';
import { OVERLAPS } from '#contract';
import type { Schedule } from '#contract';
import { requestOf, withTask } from '../submission.js';
import type { TaskOptions } from '../submission.js';
import { when } from '../table.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

type CreateOptions = TaskOptions &
  Readonly<{ name?: string; timeZone?: string; overlap?: Schedule['overlap'] }>;

export const scheduleCreate: Verb = (group, verbs) => {
  const command = group
    .command('create')
    .argument('<cron>', 'when: minute, hour, day of the month, month, day of the week')
    .argument('<input>', 'what the agent gets, as for `submit`')
    .description('submit a task at times; shows the next ones')
    .option('--name <text>', 'what the schedule is called (default: the description)')
    .option('--time-zone <name>', 'of the times, e.g. Europe/Berlin (default: UTC)')
    .addOption(
      new Option('--overlap <what>', 'while the task before still runs (default: skip)').choices(OVERLAPS),
    );
  withTask(command)
    .addHelpText(
      'after',
      examples(
        'coderclaw schedule create "30 6 * * MON-FRI" "npm test" --time-zone Europe/Berlin',
        'coderclaw schedule create "0 * * * *" "scripts/sync.sh" --name sync --overlap allow',
      ),
    )
    .action(verbs.action(work));
};

async function work(call: Call, options: CreateOptions, cron = '', input = ''): Promise<void> {
  const { name, timeZone, overlap, ...submission } = options;
  const task = await requestOf(input, submission, call.io);
  await call.api(async (api) => {
    const asked = { name: name ?? task.description, cron, timeZone, overlap, task };
    const made = await api.post<Schedule>('/v1/schedules', asked);
    await call.output.note(`next: ${made.nextTimes.map(when).join(', ')}`);
    await call.output.result(made, ({ id }) => id);
  });
}
