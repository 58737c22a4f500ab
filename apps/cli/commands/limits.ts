import type { Verb } from '../verb.js';
import { limitsSet } from './limits-set.js';
import { limitsShow } from './limits-show.js';

export const limits: Verb = (program, verbs) => {
  const group = program.command('limits').description('what your tenant may use at most; takes admin:all');
  limitsShow(group, verbs);
  limitsSet(group, verbs);
};
