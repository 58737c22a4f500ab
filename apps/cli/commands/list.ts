import { Option } from 'commander';
import { TASK_STATUSES } from '#task';
import type { TaskStatus } from '#task';
import { take } from '../pages.js';
import { integer } from '../parse.js';
import { TASK_COLUMNS, WAITING_COLUMNS, howToAnswer } from '../task-view.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

const PAGE_SIZE = 200;
const DEFAULT_LIMIT = 50;

type ListOptions = Readonly<{
  status?: TaskStatus;
  agent?: string;
  session?: string;
  owner?: string;
  parent?: string;
  limit: number;
}>;

export const list: Verb = (program, verbs) => {
  program
    .command('list')
    .description('list tasks, the newest first')
    .addOption(new Option('--status <status>', 'only those that are so').choices(TASK_STATUSES))
    .option('--agent <id>', 'only those of this agent')
    .option('--session <id>', 'only those of this session')
    .option('--owner <id>', 'only those of this user')
    .option('--parent <taskId>', 'only those that this task began')
    .option('--limit <n>', 'at most so many', integer(1), DEFAULT_LIMIT)
    .addHelpText(
      'after',
      examples(
        'coderclaw list --status running',
        'coderclaw list --status waiting',
        'coderclaw list --limit 1000 --json | jq -r .id',
      ),
    )
    .action(
      verbs.action((call, { agent, session, owner, parent, status, limit }: ListOptions) =>
        call.runtime('log', async ({ runtime }) => {
          const filter = { status, agentId: agent, sessionId: session, ownerId: owner, parentTaskId: parent };
          const { items, more } = await take(limit, PAGE_SIZE, async (pageLimit, cursor) => {
            const page = await runtime.listTasks({ ...filter, limit: pageLimit, cursor });
            return { items: page.tasks, cursor: page.cursor };
          });
          await call.output.rows(items, status === 'waiting' ? WAITING_COLUMNS : TASK_COLUMNS, 'no tasks');
          const [first] = items;
          const hint = status === 'waiting' && first ? howToAnswer({ ...first, id: '<task>' }) : undefined;
          if (hint !== undefined) await call.output.note(hint);
          if (more) await call.output.note(`there are more: --limit ${limit * 2} shows more of them`);
        }),
      ),
    );
};
