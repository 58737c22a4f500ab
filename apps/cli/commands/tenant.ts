import type { Verb } from '../verb.js';
import { tenantCreate } from './tenant-create.js';
import { tenantList } from './tenant-list.js';

export const tenant: Verb = (program, verbs) => {
  const group = program
    .command('tenant')
    .description('who shares nothing with others on one deployment; for the admins of the default tenant');
  tenantCreate(group, verbs);
  tenantList(group, verbs);
};
