import type { HealthCheck } from '#contract';
import { isMeshError } from '#errors';
import type { HealthChecks, ProjectionMonitor } from '#read-models';
import type { Readiness } from '#transports/http';
import type { Infrastructure } from './infrastructure.js';

/** What status tells beside the read models: whether the log and the broker are there. */
export const healthChecks = ({ store, bus, config }: Infrastructure): HealthChecks => ({
  run: async () => [
    await checkOf('log', () => store.check()),
    ...(config.mode === 'local-only' ? [] : [brokerOf(bus.connected)]),
  ],
});

/**
 * Whether this process should get requests: the log answers, and no read model says what is wrong. The broker may be
 * away: submits and reads go on without it.
 */
export const readiness = ({ store }: Infrastructure, monitor: ProjectionMonitor): Readiness => ({
  check: async () => {
    const log = await checkOf('log', () => store.check());
    return log.healthy ? [log, await checkOf('read models', () => checkReadModels(monitor))] : [log];
  },
});

const brokerOf = (connected: boolean): HealthCheck =>
  connected
    ? { name: 'broker', healthy: true }
    : { name: 'broker', healthy: false, detail: 'the broker is away' };

async function checkReadModels(monitor: ProjectionMonitor): Promise<void> {
  for (const { name, state, error } of await monitor.status()) {
    if (state === 'refused') throw new Error(`${name}: ${error ?? 'refused'}`);
  }
}

async function checkOf(name: string, probe: () => Promise<void>): Promise<HealthCheck> {
  try {
    await probe();
    return { name, healthy: true };
  } catch (error) {
    // A driver's message may hold an address; ours do not.
    return { name, healthy: false, detail: isMeshError(error) ? error.message : 'the probe failed' };
  }
}
