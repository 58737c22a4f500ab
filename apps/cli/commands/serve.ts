import { Option } from 'commander';
import { RUNTIME_MODES } from '#contract';
import type { RuntimeMode } from '#contract';
import { integer, listOf } from '../parse.js';
import { ROLES, serveUntilStopped } from '../serving.js';
import type { Role } from '../serving.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

const HIGHEST_PORT = 65_535;

type ServeFlags = Readonly<{
  mode?: RuntimeMode;
  roles?: readonly Role[];
  port?: number;
  workspace?: string;
}>;

export const serve: Verb = (program, verbs) => {
  program
    .command('serve')
    .description('start a server; SIGTERM or Ctrl-C stops it in order, a second one at once')
    .addOption(
      new Option('--mode <mode>', 'how it is deployed (default: as configured, local-only)').choices(
        RUNTIME_MODES,
      ),
    )
    .option('--roles <list>', `which of ${ROLES.join(', ')} it takes (default: all)`, listOf(ROLES))
    .option(
      '--port <n>',
      'port to listen on; 0 picks a free one (default: as configured, 7411)',
      integer(0, HIGHEST_PORT),
    )
    .option(
      '--workspace <folder>',
      'repository to serve for; in local-only mode tasks work in it (default: the current one)',
    )
    .addHelpText(
      'after',
      examples(
        'coderclaw serve',
        'coderclaw serve --port 0 --json',
        'coderclaw serve --mode remote-enabled --roles api,projector',
      ),
    )
    .action(
      verbs.action((call, { mode, roles, port, workspace }: ServeFlags) =>
        serveUntilStopped(call, { mode, roles, port, workspace }),
      ),
    );
};
