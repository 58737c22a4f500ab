import type { Verb } from '../verb.js';
import { sessionCreate } from './session-create.js';
import { sessionEnd } from './session-end.js';
import { sessionList } from './session-list.js';

export const session: Verb = (program, verbs) => {
  const group = program
    .command('session')
    .description(
      'work contexts: a user on a device with some of their roles, with tasks and memory of its own',
    );
  sessionCreate(group, verbs);
  sessionList(group, verbs);
  sessionEnd(group, verbs);
};
