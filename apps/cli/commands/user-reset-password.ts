import { explainReset } from '../one-time-token.js';
import { userIdOf } from '../people.js';
import type { OneTimeToken } from '../people.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const userResetPassword: Verb = (group, verbs) => {
  group
    .command('reset-password')
    .argument('<user>', 'name or id')
    .description(
      'make a token, good for half an hour and printed once, with which they choose a new password',
    )
    .addHelpText('after', examples('coderclaw user reset-password ada > reset-token.txt'))
    .action(
      verbs.action((call, _options, named = '') =>
        call.api(async (api) => {
          const id = await userIdOf(api, named);
          const reset = await api.post<OneTimeToken>(`/v1/users/${encodeURIComponent(id)}/password-reset`);
          await explainReset(call.output, reset, { name: named });
          await call.output.result(reset, ({ token }) => token);
        }),
      ),
    );
};
