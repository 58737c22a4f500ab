import type { MachineToken } from '../machine-token.js';
import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

const COLUMNS: readonly Column<MachineToken>[] = [
  { title: 'TOKEN', of: ({ id }) => id },
  { title: 'NAME', of: ({ name }) => name, width: 40 },
  { title: 'ROLES', of: ({ roles }) => roles.join(', '), width: 40 },
  { title: 'SCOPE', of: ({ scope }) => scope?.join(', ') ?? 'all of its roles', width: 60 },
  { title: 'KEY', of: ({ jkt }) => jkt },
  { title: 'EXPIRES', of: ({ expiresAt }) => when(expiresAt) },
  { title: 'LAST USED', of: ({ lastUsedAt }) => when(lastUsedAt) ?? 'never' },
];

export const tokenList: Verb = (group, verbs) => {
  group
    .command('list')
    .description('tokens of your machines that are good for something')
    .addHelpText('after', examples('coderclaw token list'))
    .action(
      verbs.action((call) =>
        call.reading(async (api) => {
          const { tokens } = await api.get<{ tokens: readonly MachineToken[] }>('/v1/tokens');
          await call.output.rows(tokens, COLUMNS, 'no tokens');
        }),
      ),
    );
};
