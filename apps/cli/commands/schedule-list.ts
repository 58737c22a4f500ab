import type { Schedule } from '#contract';
import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

const COLUMNS: readonly Column<Schedule>[] = [
  { title: 'SCHEDULE', of: ({ id }) => id },
  { title: 'NAME', of: ({ name }) => name, width: 40 },
  { title: 'CRON', of: ({ cron }) => cron, width: 40 },
  { title: 'TIME ZONE', of: ({ timeZone }) => timeZone, width: 30 },
  { title: 'NEXT', of: ({ nextTimes }) => when(nextTimes[0]) },
  { title: 'LAST', of: ({ last }) => when(last?.at) },
  { title: 'RESULT', of: ({ last }) => last?.reason ?? last?.taskId, width: 60 },
];

export const scheduleList: Verb = (group, verbs) => {
  group
    .command('list')
    .description('schedules: when each is next, and what came of the last time')
    .addHelpText('after', examples('coderclaw schedule list'))
    .action(
      verbs.action((call) =>
        call.api(async (api) => {
          const { schedules } = await api.get<{ schedules: readonly Schedule[] }>('/v1/schedules');
          await call.output.rows(schedules, COLUMNS, 'no schedules');
        }),
      ),
    );
};
