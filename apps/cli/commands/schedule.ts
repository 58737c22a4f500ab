import type { Verb } from '../verb.js';
import { scheduleCreate } from './schedule-create.js';
import { scheduleDelete } from './schedule-delete.js';
import { scheduleList } from './schedule-list.js';

export const schedule: Verb = (program, verbs) => {
  const group = program.command('schedule').description('tasks that are submitted again and again, at times');
  scheduleCreate(group, verbs);
  scheduleList(group, verbs);
  scheduleDelete(group, verbs);
};
