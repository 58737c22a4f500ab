import { Argument } from 'commander';
import { TRUST_LEVELS } from '#contract';
import type { Device } from '../enrol.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const deviceTrust: Verb = (group, verbs) => {
  group
    .command('trust')
    .argument('<deviceId>', 'as `device list` shows it')
    .addArgument(new Argument('[level]', 'how much').choices(TRUST_LEVELS).default('trusted'))
    .description('say what is thought of a device; takes admin:all')
    .addHelpText(
      'after',
      examples(
        'coderclaw device trust 0198c0de-0000-7000-8000-000000000001',
        'coderclaw device trust 0198c0de-0000-7000-8000-000000000001 untrusted',
      ),
    )
    .action(
      verbs.action((call, _options, id = '', trust = '') =>
        call.api(async (api) => {
          const device = await api.post<Device>(`/v1/devices/${encodeURIComponent(id)}/trust`, { trust });
          await call.output.result(device, ({ name }) => `${name} (${device.id}) is ${device.trust} now`);
        }),
      ),
    );
};
