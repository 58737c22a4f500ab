import { facts } from './table.js';

/** What a tenant may use at most. */
export type Limits = Readonly<{
  maxConcurrentTasks?: number;
  maxConcurrentTasksPerSession?: number;
  maxConcurrentTasksPerAgent?: Readonly<Record<string, number>>;
  maxQueuedTasks?: number;
  sessionWeight?: number;
  requestsPerMinute?: number;
  maxSessionsPerUser?: number;
}>;

export type VersionedLimits = Readonly<{ limits: Limits; version: number }>;

const said = (limit: number | undefined): string | number => limit ?? 'not limited here';

const saidOfAgents = (limits: Readonly<Record<string, number>> = {}): string | undefined =>
  Object.entries(limits)
    .map(([agent, limit]) => `${agent}: ${limit}`)
    .join(', ') || undefined;

export const describeLimits = ({ limits, version }: VersionedLimits): string =>
  facts([
    ['tasks that run at once', said(limits.maxConcurrentTasks)],
    ['of one session', said(limits.maxConcurrentTasksPerSession)],
    ['by one agent', saidOfAgents(limits.maxConcurrentTasksPerAgent) ?? said(undefined)],
    ['tasks that wait', said(limits.maxQueuedTasks)],
    ['weight of a session', limits.sessionWeight ?? 1],
    ['requests a minute of a user', said(limits.requestsPerMinute)],
    ['sessions of a user', said(limits.maxSessionsPerUser)],
    ['version', version],
  ]);
