import { take } from '../pages.js';
import { integer } from '../parse.js';
import { USER_COLUMNS } from '../people.js';
import type { User } from '../people.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

const PAGE_SIZE = 200;
const DEFAULT_LIMIT = 100;

export const userList: Verb = (group, verbs) => {
  group
    .command('list')
    .description('who there is, who came first first')
    .option('--limit <n>', 'at most so many', integer(1), DEFAULT_LIMIT)
    .addHelpText('after', examples('coderclaw user list', 'coderclaw user list --json | jq -r .name'))
    .action(
      verbs.action((call, { limit }: Readonly<{ limit: number }>) =>
        call.reading(async (api) => {
          const { items, more } = await take(limit, PAGE_SIZE, async (pageLimit, cursor) => {
            const query = { limit: pageLimit, cursor };
            const page = await api.get<{ users: readonly User[]; cursor?: string }>('/v1/users', query);
            return { items: page.users, cursor: page.cursor };
          });
          await call.output.rows(items, USER_COLUMNS, 'nobody');
          if (more) await call.output.note(`there are more: --limit ${limit * 2} shows more of them`);
        }),
      ),
    );
};
