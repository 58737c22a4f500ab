import { auditExport } from './audit-export.js';
import { auditQuery } from './audit-query.js';
import { auditReplay } from './audit-replay.js';
import type { Verb } from '../verb.js';

export const audit: Verb = (program, verbs) => {
  const group = program
    .command('audit')
    .description('who did what, whether they might, and how a task came to be as it is');
  auditQuery(group, verbs);
  auditExport(group, verbs);
  auditReplay(group, verbs);
};
