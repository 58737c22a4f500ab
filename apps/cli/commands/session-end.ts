import { removing } from '../removal.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const sessionEnd: Verb = (group, verbs) => {
  const command = group
    .command('end')
    .argument('<sessionId>', 'as `session list` shows it')
    .description('end a session, and all it has open; that of another takes session:manage')
    .addHelpText('after', examples('coderclaw session end 0198c0de-0000-7000-8000-000000000001'));
  removing(command, verbs, {
    path: '/v1/sessions',
    key: 'sessionId',
    said: (id) => `session ${id} is ended`,
  });
};
