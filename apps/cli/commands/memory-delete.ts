import { memoryPath, withSession } from '../memory.js';
import type { MemoryOptions } from '../memory.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const memoryDelete: Verb = (group, verbs) => {
  withSession(group.command('delete'))
    .argument('<key>', 'under which it is remembered')
    .description('forget a value')
    .addHelpText('after', examples('coderclaw memory delete plan'))
    .action(
      verbs.action((call, options: MemoryOptions, key = '') =>
        call.api(async (api) => {
          await api.send('DELETE', await memoryPath(api, options, key));
          await call.output.result({ key }, () => `${key} is forgotten`);
        }),
      ),
    );
};
