import type { DeadLetter, DeadLetterPage } from '#contract';
import { take } from '../pages.js';
import { integer } from '../parse.js';
import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

const PAGE_SIZE = 200;
const DEFAULT_LIMIT = 50;

const COLUMNS: readonly Column<DeadLetter>[] = [
  { title: 'TASK', of: ({ id }) => id },
  { title: 'AGENT', of: ({ agentId }) => agentId, width: 20 },
  { title: 'ATTEMPTS', of: ({ attempts }) => attempts },
  { title: 'GIVEN UP', of: ({ failedAt }) => when(failedAt) },
  { title: 'REQUEUED AS', of: ({ requeuedAs }) => requeuedAs },
  { title: 'ERROR', of: ({ error }) => error, width: 60 },
];

export const deadLetterList: Verb = (group, verbs) => {
  group
    .command('list')
    .description('list them, the newest first')
    .option('--limit <n>', 'at most so many', integer(1), DEFAULT_LIMIT)
    .addHelpText('after', examples('coderclaw dead-letter list'))
    .action(
      verbs.action((call, { limit }: { limit: number }) =>
        call.api(async (api) => {
          const { items, more } = await take(limit, PAGE_SIZE, async (pageLimit, cursor) => {
            const query = { limit: pageLimit, cursor };
            const page = await api.get<DeadLetterPage>('/v1/dead-letters', query);
            return { items: page.deadLetters, cursor: page.cursor };
          });
          await call.output.rows(items, COLUMNS, 'no dead letters');
          if (more) await call.output.note(`there are more: --limit ${limit * 2} shows more of them`);
        }),
      ),
    );
};
