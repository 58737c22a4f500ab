import { removing } from '../removal.js';
import { examples } from '../verb.js';
import type { Verb } from '../verb.js';

export const tokenRevoke: Verb = (group, verbs) => {
  const command = group
    .command('revoke')
    .argument('<tokenId>', 'as `token list` shows it: the id, not the token itself')
    .description('revoke a token, at once and everywhere')
    .addHelpText('after', examples('coderclaw token revoke 0198c0de-0000-7000-8000-000000000001'));
  removing(command, verbs, { path: '/v1/tokens', key: 'tokenId', said: (id) => `token ${id} is revoked` });
};
