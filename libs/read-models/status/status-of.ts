import type { HealthCheck, RuntimeStatus } from '#contract';
import { isFinal } from '#task';
import type { TaskStatus } from '#task';
import type { ProjectionStatus } from '../projections/projection.js';

export type StatusParts = Readonly<{
  version: string;
  mode: RuntimeStatus['mode'];
  startedAt: Date;
  now: Date;
  totals: readonly Readonly<{ status: TaskStatus; tasks: number }>[];
  workers: readonly Readonly<{ connected: boolean }>[];
  queueDepth: number;
  projections: readonly ProjectionStatus[];
  checks: readonly HealthCheck[];
}>;

/** The status page, from its parts. Healthy only if every part is, the read models included. */
export function statusOf(parts: StatusParts): Required<RuntimeStatus> {
  const checks = [...parts.checks, ...parts.projections.map(checkOf)];
  const sum = (totals: StatusParts['totals']) => totals.reduce((count, { tasks }) => count + tasks, 0);
  return {
    version: parts.version,
    uptime: Math.max(0, Math.floor((parts.now.getTime() - parts.startedAt.getTime()) / 1_000)),
    activeTasks: sum(parts.totals.filter(({ status }) => !isFinal(status))),
    totalTasks: sum(parts.totals),
    mode: parts.mode,
    healthy: checks.every(({ healthy }) => healthy),
    workers: parts.workers.filter(({ connected }) => connected).length,
    queueDepth: parts.queueDepth,
    projectionLag: Math.max(0, ...parts.projections.map(({ behind }) => behind)),
    checks,
  };
}

/** What of it other tenants' people hear: of the parts that serve everybody, whether all is well. */
export const toldToTenants = (status: Required<RuntimeStatus>): RuntimeStatus => {
  const { workers: _, projectionLag: __, ...theirs } = status;
  return { ...theirs, checks: [] };
};

const checkOf = ({ name, healthy, error }: ProjectionStatus): HealthCheck => ({
  name: `read model ${name}`,
  healthy,
  ...(error === undefined ? {} : { detail: error }),
});
