import { Option } from 'commander';
import type { Command } from 'commander';
import { moment } from './parse.js';

/** Which records of the audit a command is about, as its flags say it. */
export type AuditFilter = Readonly<{
  userId?: string;
  sessionId?: string;
  deviceId?: string;
  action?: string;
  resourceType?: string;
  resourceId?: string;
  result?: string;
  from?: string;
  to?: string;
}>;

const RESULTS = ['allowed', 'denied', 'refused'] as const;

/** Gives a command the flags of all filters that the server knows. */
export const withFilters = (command: Command): Command =>
  command
    .option('--user-id <id>', 'only what this user did')
    .option('--session-id <id>', 'only in this session')
    .option('--device-id <id>', 'only from this device')
    .option('--action <name>', 'only this action, e.g. task.submit')
    .option('--resource-type <type>', 'only this kind of thing, e.g. task')
    .option('--resource-id <id>', 'only this thing, e.g. a task’s id')
    .addOption(new Option('--result <result>', 'only decisions that went so').choices(RESULTS))
    .option('--from <time>', 'only from then on', moment)
    .option('--to <time>', 'only until then', moment);

/** The filters alone, of all that a command was given: what a query of the server may have. */
export const filterOf = (options: AuditFilter): AuditFilter => {
  const { userId, sessionId, deviceId, action, resourceType, resourceId, result, from, to } = options;
  return defined({ userId, sessionId, deviceId, action, resourceType, resourceId, result, from, to });
};

const defined = (fields: object): AuditFilter =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
