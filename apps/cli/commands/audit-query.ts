import { Option } from 'commander';
import type { AuditEntry, AuditPage } from '#contract';
import type { Api } from '../api.js';
import { filterOf, withFilters } from '../audit-filter.js';
import type { AuditFilter } from '../audit-filter.js';
import { take } from '../pages.js';
import { integer } from '../parse.js';
import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

const PAGE_SIZE = 1000;
const DEFAULT_LIMIT = 100;

type Search = AuditFilter & Readonly<{ limit: number; own?: boolean }>;

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'TIME', of: ({ at }) => when(at) },
  { title: 'WHO', of: ({ actorKind, userId, userName = userId }) => `${actorKind}:${userName}`, width: 30 },
  { title: 'ACTION', of: ({ action }) => action, width: 30 },
  { title: 'RESOURCE', of: ({ resourceType, resourceId }) => `${resourceType}:${resourceId}`, width: 50 },
  { title: 'RESULT', of: ({ result }) => result },
  { title: 'WHY', of: ({ reason }) => reason },
];

export const auditQuery: Verb = (group, verbs) => {
  withFilters(group.command('query'))
    .description('search the audit trail, the newest first')
    .addOption(new Option('--own', 'only your own session, which takes no permission').conflicts('sessionId'))
    .option('--limit <n>', 'at most so many', integer(1), DEFAULT_LIMIT)
    .addHelpText(
      'after',
      examples(
        'coderclaw audit query --result denied --from 2026-11-01',
        'coderclaw audit query --resource-id 0198c0de-… --json',
        'coderclaw audit query --own',
      ),
    )
    .action(verbs.action(search));
};

async function search(call: Call, { limit, own = false, ...options }: Search): Promise<void> {
  await call.reading(async (api) => {
    const filter = { ...filterOf(options), ...(own ? await ownSession(api) : {}) };
    const { items, more } = await take(limit, PAGE_SIZE, async (pageLimit, cursor) => {
      const page = await api.get<AuditPage>('/v1/audit', { ...filter, limit: pageLimit, cursor });
      return { items: page.entries, cursor: page.cursor };
    });
    await call.output.rows(items, COLUMNS, 'nothing of that kind was recorded');
    if (more) await call.output.note(`there are more: --limit ${limit * 2} shows more of them`);
  });
}

async function ownSession(api: Api): Promise<Readonly<{ sessionId: string }>> {
  const { sessionId } = await api.get<{ sessionId: string }>('/v1/me');
  return { sessionId };
}
