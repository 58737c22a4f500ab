import { facts } from './table.js';

/** What a tenant may use at most. */
export type Limits = Readonly<{
  maxConcurrentTasks?: number;
  requestsPerMinute?: number;
  maxSessionsPerUser?: number;
}>;

export type VersionedLimits = Readonly<{ limits: Limits; version: number }>;

const said = (limit: number | undefined): string | number => limit ?? 'not limited here';

export const describeLimits = ({ limits, version }: VersionedLimits): string =>
  facts([
    ['tasks that run at once', said(limits.maxConcurrentTasks)],
    ['requests a minute of a user', said(limits.requestsPerMinute)],
    ['sessions of a user', said(limits.maxSessionsPerUser)],
    ['version', version],
  ]);
