import { Option } from 'commander';
import { take } from '../pages.js';
import { integer } from '../parse.js';
import { userIdOf } from '../people.js';
import type { Session } from '../people.js';
import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

const PAGE_SIZE = 200;
const DEFAULT_LIMIT = 100;

const COLUMNS: readonly Column<Session>[] = [
  { title: 'SESSION', of: ({ id }) => id },
  { title: 'USER', of: ({ userId }) => userId },
  { title: 'SIGNED IN BY', of: ({ issuer }) => issuer, width: 40 },
  { title: 'ROLES', of: ({ roles }) => roles.join(', '), width: 40 },
  { title: 'DEVICE', of: ({ deviceId }) => deviceId },
  { title: 'BEGUN', of: ({ createdAt }) => when(createdAt) },
  { title: 'LAST USED', of: ({ lastUsedAt }) => when(lastUsedAt) },
  { title: 'ENDS', of: ({ expiresAt }) => when(expiresAt) },
];

type ListOptions = Readonly<{ user?: string; all?: boolean; limit: number }>;

export const sessionList: Verb = (group, verbs) => {
  group
    .command('list')
    .description('live sessions: your own; those of others take session:manage')
    .addOption(new Option('--user <name>', 'those of this user').conflicts('all'))
    .option('--all', 'those of everybody')
    .option('--limit <n>', 'at most so many', integer(1), DEFAULT_LIMIT)
    .addHelpText('after', examples('coderclaw session list', 'coderclaw session list --user ada'))
    .action(verbs.action(work));
};

async function work(call: Call, { user, all, limit }: ListOptions): Promise<void> {
  await call.reading(async (api) => {
    const userId = user === undefined ? undefined : await userIdOf(api, user);
    const { items, more } = await take(limit, PAGE_SIZE, async (pageLimit, cursor) => {
      const query = { userId, all, limit: pageLimit, cursor };
      const page = await api.get<{ sessions: readonly Session[]; cursor?: string }>('/v1/sessions', query);
      return { items: page.sessions, cursor: page.cursor };
    });
    await call.output.rows(items, COLUMNS, 'no sessions');
    if (more) await call.output.note(`there are more: --limit ${limit * 2} shows more of them`);
  });
}
