import { removing } from '../removal.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const scheduleDelete: Verb = (group, verbs) => {
  const command = group
    .command('delete')
    .argument('<scheduleId>', 'as `schedule list` shows it')
    .description('end a schedule; what it has submitted goes on')
    .addHelpText('after', examples('coderclaw schedule delete 0198c0de-0000-7000-8000-000000000001'));
  removing(command, verbs, {
    path: '/v1/schedules',
    key: 'scheduleId',
    said: (id) => `schedule ${id} is deleted`,
  });
};
