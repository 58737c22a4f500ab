import { serveUntilStopped } from '../serving.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const worker: Verb = (program, verbs) => {
  program
    .command('worker')
    .description('start a worker for a server elsewhere: the same as `serve --roles worker`')
    .option('--workspace <folder>', 'repository whose settings it takes (default: the current one)')
    .addHelpText('after', examples('CODERCLAW_NATS_URL=nats://mesh:4222 coderclaw worker'))
    .action(
      verbs.action((call, { workspace }: { workspace?: string }) =>
        serveUntilStopped(call, { roles: ['worker'], workspace }),
      ),
    );
};
