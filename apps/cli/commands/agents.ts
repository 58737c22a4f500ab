import type { AgentInfo } from '#contract';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

const COLUMNS: readonly Column<AgentInfo>[] = [
  { title: 'AGENT', of: ({ id }) => id },
  { title: 'NAME', of: ({ name }) => name, width: 30 },
  { title: 'MODEL', of: ({ model }) => model, width: 30 },
  { title: 'CAPABILITIES', of: ({ capabilities }) => capabilities.join(', '), width: 40 },
  { title: 'DESCRIPTION', of: ({ description }) => description, width: 60 },
];

export const agents: Verb = (program, verbs) => {
  const group = program.command('agents').description('the agents a task can name');
  group
    .command('list', { isDefault: true })
    .description('list them')
    .addHelpText('after', examples('coderclaw agents list', 'coderclaw agents list --json'))
    .action(
      verbs.action((call) =>
        call.runtime('log', async ({ runtime }) =>
          call.output.rows(await runtime.listAgents(), COLUMNS, 'no agents'),
        ),
      ),
    );
};
