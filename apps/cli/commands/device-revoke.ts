import { removing } from '../removal.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const deviceRevoke: Verb = (group, verbs) => {
  const command = group
    .command('revoke')
    .argument('<deviceId>', 'as `device list` shows it')
    .description('for a device that is lost: its key counts for nothing any more, and its sessions end')
    .addHelpText('after', examples('coderclaw device revoke 0198c0de-0000-7000-8000-000000000001'));
  removing(command, verbs, { path: '/v1/devices', key: 'deviceId', said: (id) => `device ${id} is revoked` });
};
