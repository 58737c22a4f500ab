import type { Verb } from '../verb.js';
import { artifactsGet } from './artifacts-get.js';

export const artifacts: Verb = (program, verbs) => {
  const group = program
    .command('artifacts')
    .description('files that tasks leave; `coderclaw get` lists their names');
  artifactsGet(group, verbs);
};
