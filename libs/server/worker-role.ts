import { join } from 'node:path';
import { BusControlPlane } from '#contract';
import type { Bus, Clock, Logger, Stop } from '#contract';
import { EchoExecutor, ShellExecutor, Worker } from '#execution';
import type { Executor } from '#execution';
import type { Config } from '#platform';
import { AgentRegistry } from '#registry';

/** Who runs the tasks of each agent. The shell runs bare, or not at all: there is no sandbox yet. */
const EXECUTORS: ReadonlyMap<string, (config: Config) => Executor> = new Map([
  ['shell', ({ shell }: Config): Executor => new ShellExecutor({ allowBare: shell === 'bare' })],
  ['echo', (): Executor => new EchoExecutor()],
]);

/** Starts the worker of this process: it knows the bus, and neither log nor database. */
export async function startWorker(
  config: Config,
  { bus, clock, logger }: Readonly<{ bus: Bus; clock: Clock; logger: Logger }>,
): Promise<Stop> {
  const enabled = [...EXECUTORS].filter(([agent]) => config.agents.includes(agent));
  const agents = new AgentRegistry({ agents: config.agents, defaultAgent: config.defaultAgent });
  const worker = new Worker({
    controlPlane: new BusControlPlane(bus),
    workerId: config.worker.id,
    slots: config.worker.slots,
    labels: config.worker.labels,
    executors: new Map(enabled.map(([agent, make]) => [agent, make(config)])),
    workspace: config.mode === 'local-only' ? config.workspace : undefined,
    workRoot: join(config.worker.workRoot, config.worker.id),
    leavesDiff: (agent) => agents.has(agent) && agents.require(agent).capabilities.includes('diff'),
    clock,
    logger,
  });
  await worker.start();
  return () => worker.stop({ drainMs: config.worker.drainMs });
}
