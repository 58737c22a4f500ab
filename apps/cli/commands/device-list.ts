import type { Device } from '../enrol.js';
import { when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

const COLUMNS: readonly Column<Device>[] = [
  { title: 'DEVICE', of: ({ id }) => id },
  { title: 'NAME', of: ({ name }) => name, width: 40 },
  {
    title: 'TRUST',
    of: ({ trust }) => trust,
    tone: ({ trust }) => (trust === 'untrusted' ? 'bad' : 'good'),
  },
  { title: 'USER', of: ({ userId }) => userId },
  { title: 'ENROLLED', of: ({ enrolledAt }) => when(enrolledAt) },
  { title: 'LAST SEEN', of: ({ lastSeenAt }) => when(lastSeenAt) },
];

export const deviceList: Verb = (group, verbs) => {
  group
    .command('list')
    .description('your enrolled devices; an admin sees those of everybody')
    .addHelpText('after', examples('coderclaw device list', 'coderclaw device list --json | jq -r .jkt'))
    .action(
      verbs.action((call) =>
        call.reading(async (api) => {
          const { devices } = await api.get<{ devices: readonly Device[] }>('/v1/devices');
          await call.output.rows(devices, COLUMNS, 'no devices: `coderclaw device enroll` enrols this one');
        }),
      ),
    );
};
