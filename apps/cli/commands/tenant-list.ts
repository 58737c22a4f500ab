import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

type Tenant = Readonly<{ id: string; name: string; createdAt: string }>;

const COLUMNS: readonly Column<Tenant>[] = [
  { title: 'TENANT', of: ({ id }) => id },
  { title: 'NAME', of: ({ name }) => name, width: 60 },
  { title: 'SINCE', of: ({ createdAt }) => when(createdAt) },
];

export const tenantList: Verb = (group, verbs) => {
  group
    .command('list')
    .description('all tenants')
    .addHelpText('after', examples('coderclaw tenant list'))
    .action(
      verbs.action((call) =>
        call.reading(async (api) => {
          const { tenants } = await api.get<{ tenants: readonly Tenant[] }>('/v1/tenants');
          await call.output.rows(tenants, COLUMNS, 'no tenants');
        }),
      ),
    );
};
