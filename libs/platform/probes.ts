import type { Config } from './config.js';
import { machineProbes } from './machine-probes.js';
import { brokerAccessProbe, natsProbe } from './nats.probe.js';
import { postgresProbes } from './postgres.probe.js';
import type { Probe } from './probe.js';

/** Everything `coderclaw doctor` looks at in this configuration. */
export async function probes(config: Config): Promise<readonly Probe[]> {
  const machine = await machineProbes(config);
  if (config.mode === 'local-only') return machine;
  const broker = await Promise.all([natsProbe(config), brokerAccessProbe(config)]);
  return [...machine, ...(await postgresProbes(config.database.url)), ...broker];
}
