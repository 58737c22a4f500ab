import { memoryPath, withSession } from '../memory.js';
import type { MemoryOptions } from '../memory.js';
import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

type Key = Readonly<{ key: string; version: number; bytes: number; changedAt: string }>;

const COLUMNS: readonly Column<Key>[] = [
  { title: 'KEY', of: ({ key }) => key },
  { title: 'VERSION', of: ({ version }) => version },
  { title: 'BYTES', of: ({ bytes }) => bytes },
  { title: 'CHANGED', of: ({ changedAt }) => when(changedAt) },
];

export const memoryList: Verb = (group, verbs) => {
  withSession(group.command('list'))
    .description('under which keys something is remembered')
    .addHelpText('after', examples('coderclaw memory list'))
    .action(
      verbs.action((call, options: MemoryOptions) =>
        call.reading(async (api) => {
          const { keys } = await api.get<{ keys: readonly Key[] }>(await memoryPath(api, options));
          await call.output.rows(keys, COLUMNS, 'nothing is remembered');
        }),
      ),
    );
};
