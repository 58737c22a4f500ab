import type { Verb } from '../verb.js';
import { deadLetterList } from './dead-letter-list.js';
import { deadLetterRequeue } from './dead-letter-requeue.js';

export const deadLetter: Verb = (program, verbs) => {
  const group = program
    .command('dead-letter')
    .description('tasks that were given up after their last attempt');
  deadLetterList(group, verbs);
  deadLetterRequeue(group, verbs);
};
