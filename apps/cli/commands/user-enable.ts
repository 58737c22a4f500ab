import { changeUser } from '../user-change.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const userEnable: Verb = (group, verbs) => {
  group
    .command('enable')
    .argument('<user>', 'name or id')
    .description('let somebody in again who was disabled; what was ended stays ended')
    .addHelpText('after', examples('coderclaw user enable ada'))
    .action(verbs.action((call, _options, named = '') => changeUser(call, named, { disabled: false })));
};
