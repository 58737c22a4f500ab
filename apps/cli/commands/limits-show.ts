import { describeLimits } from '../limits.js';
import type { VersionedLimits } from '../limits.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const limitsShow: Verb = (group, verbs) => {
  group
    .command('show')
    .description('the limits as they are')
    .addHelpText('after', examples('coderclaw limits show'))
    .action(
      verbs.action((call) =>
        call.reading(async (api) =>
          call.output.result(await api.get<VersionedLimits>('/v1/limits'), describeLimits),
        ),
      ),
    );
};
