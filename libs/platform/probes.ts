import type { Config } from './config.js';
import { machineProbes } from './machine-probes.js';
import { natsProbe } from './nats.probe.js';
import { postgresProbes } from './postgres.probe.js';
import type { Probe } from './probe.js';

/** Everything `coderclaw doctor` looks at in this configuration. */
export async function probes(config: Config): Promise<readonly Probe[]> {
  const machine = await machineProbes(config);
  if (config.mode === 'local-only') return machine;
  return [...machine, ...(await postgresProbes(config.database.url)), await natsProbe(config)];
}
