import { Option } from 'commander';
import type { TaskHistoryEvent, TaskState } from '#contract';
import { integer, moment } from '../parse.js';
import { table } from '../table.js';
import { EVENT_COLUMNS, describeTask } from '../task-view.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

type Replay = Readonly<{ state: TaskState; events: readonly TaskHistoryEvent[] }>;

export const auditReplay: Verb = (group, verbs) => {
  group
    .command('replay')
    .argument('<taskId>')
    .description('tell a task’s history up to a moment, and its state then')
    .addOption(new Option('--at <time>', 'as it was at this time').argParser(moment).conflicts('version'))
    .addOption(new Option('--version <n>', 'as it was after this event').argParser(integer(1)))
    .addHelpText(
      'after',
      examples(
        'coderclaw audit replay 0198c0de-… --version 4',
        'coderclaw audit replay 0198c0de-… --at 2026-11-22T21:47:00Z --json',
      ),
    )
    .action(
      verbs.action((call, { at, version }: { at?: string; version?: number }, taskId) =>
        call.reading(async (api) => {
          const { state, events } = await api.get<Replay>(`/v1/tasks/${encodeURIComponent(taskId)}/replay`, {
            at,
            version,
          });
          if (call.output.json) await call.output.rows(events, EVENT_COLUMNS, '');
          await call.output.result(state, () => `${table(events, EVENT_COLUMNS)}\n\n${describeTask(state)}`);
        }),
      ),
    );
};
