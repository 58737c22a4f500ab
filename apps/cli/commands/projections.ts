import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Verb, Verbs } from '../verb.js';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';

type Projection = Readonly<{ name: string; state: string; behind: number; healthy: boolean; error?: string }>;

const COLUMNS: readonly Column<Projection>[] = [
  { title: 'READ MODEL', of: ({ name }) => name },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'BEHIND', of: ({ behind }) => behind },
  { title: 'HEALTHY', of: ({ healthy }) => (healthy ? 'yes' : 'no') },
  { title: 'ERROR', of: ({ error }) => error },
];

export const projections: Verb = (program, verbs) => {
  const group = program.command('projections').description('the read models that are folded from the log');
  status(group, verbs);
  rebuild(group, verbs);
};

const status = (group: Command, verbs: Verbs) =>
  group
    .command('status')
    .description('how far each is; exit code 5 if one is not healthy')
    .addHelpText('after', examples('coderclaw projections status'))
    .action(
      verbs.action((call) =>
        call.reading(async (api) => {
          const answer = await api.get<{ projections: readonly Projection[] }>('/v1/projections');
          await call.output.rows(answer.projections, COLUMNS, 'no read models');
          return answer.projections.every(({ healthy }) => healthy) ? EXIT.done : EXIT.unavailable;
        }),
      ),
    );

const rebuild = (group: Command, verbs: Verbs) =>
  group
    .command('rebuild')
    .argument('<name>', 'as `projections status` names it')
    .description('empty a read model and fold it from the log again')
    .addHelpText('after', examples('coderclaw projections rebuild task_state'))
    .action(
      verbs.action((call, _options, name) =>
        call.api(async (api) => {
          const answer = await api.post<{ name: string; rebuilding: true }>(
            `/v1/projections/${encodeURIComponent(name)}/rebuild`,
          );
          await call.output.result(
            answer,
            () => `${name} is being built again: see \`coderclaw projections status\``,
          );
        }),
      ),
    );
