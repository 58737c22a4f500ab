import type { Verb } from '../verb.js';
import { policyCheck } from './policy-check.js';
import { policyExplain } from './policy-explain.js';
import { policyReset } from './policy-reset.js';
import { policySet } from './policy-set.js';
import { policyShow } from './policy-show.js';
import { policyTest } from './policy-test.js';

export const policy: Verb = (program, verbs) => {
  const group = program
    .command('policy')
    .description('who may do what: show it, ask it, test it, replace it, take it back');
  policyShow(group, verbs);
  policyCheck(group, verbs);
  policyExplain(group, verbs);
  policyTest(group, verbs);
  policySet(group, verbs);
  policyReset(group, verbs);
};
