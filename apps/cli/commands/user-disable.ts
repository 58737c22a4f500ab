import { changeUser } from '../user-change.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const userDisable: Verb = (group, verbs) => {
  group
    .command('disable')
    .argument('<user>', 'name or id')
    .description('let somebody in no more, and end all they have open: sessions, tokens, streams')
    .addHelpText('after', examples('coderclaw user disable ada'))
    .action(verbs.action((call, _options, named = '') => changeUser(call, named, { disabled: true })));
};
