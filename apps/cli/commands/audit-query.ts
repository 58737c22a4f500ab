import { Option } from 'commander';
import type { AuditEntry, AuditPage } from '#contract';
import { take } from '../pages.js';
import { integer, moment } from '../parse.js';
import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

const PAGE_SIZE = 1000;
const DEFAULT_LIMIT = 100;

type AuditFilter = Readonly<{
  userId?: string;
  sessionId?: string;
  deviceId?: string;
  action?: string;
  resourceType?: string;
  resourceId?: string;
  result?: string;
  from?: string;
  to?: string;
  limit: number;
}>;

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'TIME', of: ({ at }) => when(at) },
  { title: 'WHO', of: ({ actorKind, userId }) => `${actorKind}:${userId}`, width: 30 },
  { title: 'ACTION', of: ({ action }) => action, width: 30 },
  { title: 'RESOURCE', of: ({ resourceType, resourceId }) => `${resourceType}:${resourceId}`, width: 50 },
  { title: 'RESULT', of: ({ result }) => result },
  { title: 'WHY', of: ({ reason }) => reason },
];

export const auditQuery: Verb = (group, verbs) => {
  group
    .command('query')
    .description('search the audit trail, the newest first')
    .option('--user-id <id>', 'only what this user did')
    .option('--session-id <id>', 'only in this session')
    .option('--device-id <id>', 'only from this device')
    .option('--action <name>', 'only this action, e.g. task.submit')
    .option('--resource-type <type>', 'only this kind of thing, e.g. task')
    .option('--resource-id <id>', 'only this thing, e.g. a task’s id')
    .addOption(
      new Option('--result <result>', 'only decisions that went so').choices([
        'allowed',
        'denied',
        'refused',
      ]),
    )
    .option('--from <time>', 'only from then on', moment)
    .option('--to <time>', 'only until then', moment)
    .option('--limit <n>', 'at most so many', integer(1), DEFAULT_LIMIT)
    .addHelpText(
      'after',
      examples(
        'coderclaw audit query --result denied --from 2026-11-01',
        'coderclaw audit query --resource-id 0198c0de-… --json',
      ),
    )
    .action(verbs.action(search));
};

async function search(call: Call, { limit, ...options }: AuditFilter): Promise<void> {
  const { userId, sessionId, deviceId, action, resourceType, resourceId, result, from, to } = options;
  const filter = { userId, sessionId, deviceId, action, resourceType, resourceId, result, from, to };
  await call.api(async (api) => {
    const { items, more } = await take(limit, PAGE_SIZE, async (pageLimit, cursor) => {
      const page = await api.get<AuditPage>('/v1/audit', { ...filter, limit: pageLimit, cursor });
      return { items: page.entries, cursor: page.cursor };
    });
    await call.output.rows(items, COLUMNS, 'nothing of that kind was recorded');
    if (more) await call.output.note(`there are more: --limit ${limit * 2} shows more of them`);
  });
}
