import { join } from 'node:path';
import { BusControlPlane } from '#contract';
import type { Bus, Clock, Logger, Stop } from '#contract';
import { Processes, Worker } from '#execution';
import type { Confinement } from '#execution';
import type { Config } from '#platform';
import { AgentRegistry } from '#registry';
import { executorsOf } from './executors-of.js';
import { processSettings } from './sandbox.js';

/** What a worker that runs processes in boxes is asked for by: `requires: [sandbox-bubblewrap]`. */
const SANDBOX_LABEL = 'sandbox-bubblewrap';

/** Starts the worker of this process: it knows the bus, and neither log nor database. */
export async function startWorker(
  config: Config,
  { bus, clock, logger }: Readonly<{ bus: Bus; clock: Clock; logger: Logger }>,
): Promise<Stop> {
  const settings = processSettings(config, logger);
  const processes = new Processes(settings);
  const executors = executorsOf({ config, processes, env: process.env, logger });
  const confinement = await processes.open();
  tell(confinement, logger);
  const { agents: enabled, customAgents: custom, defaultAgent, mcpServers } = config;
  const agents = new AgentRegistry({ agents: enabled, custom, defaultAgent, mcpServers });
  const worker = new Worker({
    controlPlane: new BusControlPlane(bus),
    workerId: config.worker.id,
    slots: config.worker.slots,
    labels: [...new Set([...config.worker.labels, ...labelsOf(confinement)])],
    executors,
    workspace: config.mode === 'local-only' ? config.workspace : undefined,
    workRoot: join(config.worker.workRoot, config.worker.id),
    hidden: settings.hidden,
    leavesDiff: (agent) => agents.has(agent) && agents.require(agent).capabilities.includes('diff'),
    clock,
    logger,
  });
  try {
    await worker.start();
  } catch (error) {
    await processes.close();
    throw error;
  }
  return async () => {
    await worker.stop({ drainMs: config.worker.drainMs });
    await processes.close();
  };
}

const labelsOf = ({ kind }: Confinement): readonly string[] => (kind === 'bubblewrap' ? [SANDBOX_LABEL] : []);

/** Once, at the start, how processes run here. What a task does with them is in the audit. */
function tell(confinement: Confinement, logger: Logger): void {
  if (confinement.kind === 'refused') logger.warn(confinement.reason);
  else if (confinement.kind === 'bubblewrap') logger.info('processes run in a sandbox', confinement);
  else if (confinement.warning !== null) logger.warn(confinement.warning);
}
