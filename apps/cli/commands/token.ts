import type { Verb } from '../verb.js';
import { tokenCreate } from './token-create.js';
import { tokenList } from './token-list.js';
import { tokenRevoke } from './token-revoke.js';

export const token: Verb = (program, verbs) => {
  const group = program
    .command('token')
    .description('tokens for your machines: narrow, expiring, never admin');
  tokenCreate(group, verbs);
  tokenList(group, verbs);
  tokenRevoke(group, verbs);
};
