import { describe, expect, it } from 'vitest';
import { ORIGIN } from '#contract';
import { statusOf, toldToTenants } from './status-of.js';
import type { StatusParts } from './status-of.js';

const projection = {
  name: 'task_state',
  state: 'live',
  checkpoint: ORIGIN,
  behind: 3,
  healthy: true,
} as const;

const parts: StatusParts = {
  version: '2.0.0',
  mode: 'local-only',
  startedAt: new Date(0),
  now: new Date(61_500),
  totals: [
    { status: 'running', tasks: 2 },
    { status: 'waiting', tasks: 1 },
    { status: 'completed', tasks: 10 },
  ],
  workers: [{ connected: true }, { connected: false }],
  queueDepth: 4,
  projections: [projection, { ...projection, name: 'audit_trail', behind: 7 }],
  checks: [{ name: 'database', healthy: true }],
};

describe('the status', () => {
  it('counts what is there', () => {
    expect(statusOf(parts)).toMatchObject({
      uptime: 61,
      activeTasks: 3,
      totalTasks: 13,
      workers: 1,
      queueDepth: 4,
      projectionLag: 7,
      healthy: true,
    });
  });

  it('tells other tenants of their own tasks, and of the rest whether all is well', () => {
    expect(toldToTenants(statusOf({ ...parts, checks: [{ name: 'broker', healthy: false }] }))).toEqual({
      version: '2.0.0',
      mode: 'local-only',
      uptime: 61,
      activeTasks: 3,
      totalTasks: 13,
      queueDepth: 4,
      healthy: false,
      checks: [],
    });
  });

  it('is unhealthy when a part is', () => {
    expect(statusOf({ ...parts, checks: [{ name: 'broker', healthy: false }] }).healthy).toBe(false);
  });

  it('is unhealthy when a read model is, and says why', () => {
    const status = statusOf({
      ...parts,
      projections: [{ ...projection, healthy: false, error: 'being built' }],
    });
    expect(status.healthy).toBe(false);
    expect(status.checks).toContainEqual({
      name: 'read model task_state',
      healthy: false,
      detail: 'being built',
    });
  });
});
