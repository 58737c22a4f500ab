import type { Verb } from '../verb.js';
import { userCreate } from './user-create.js';
import { userDisable } from './user-disable.js';
import { userEnable } from './user-enable.js';
import { userList } from './user-list.js';
import { userResetPassword } from './user-reset-password.js';
import { userRoles } from './user-roles.js';

export const user: Verb = (program, verbs) => {
  const group = program.command('user').description('the people of your tenant; takes admin:all');
  userCreate(group, verbs);
  userList(group, verbs);
  userRoles(group, verbs);
  userDisable(group, verbs);
  userEnable(group, verbs);
  userResetPassword(group, verbs);
};
