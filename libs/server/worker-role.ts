import { BusControlPlane } from '#contract';
import type { Bus, Clock, Logger, Stop } from '#contract';
import { EchoExecutor, ModelExecutor, ShellExecutor, Worker, modelAccessOf } from '#execution';
import type { Executor } from '#execution';
import type { Config } from '#platform';
import { modelAgentsOf } from '#registry';

/**
 * Who runs the tasks of each agent that this worker can run: a model agent only where a provider is configured. The
 * shell runs bare, or not at all: there is no sandbox yet.
 */
function executorsOf(config: Config, env: NodeJS.ProcessEnv): ReadonlyMap<string, Executor> {
  const shell = new ShellExecutor({ allowBare: config.shell === 'bare' });
  const access = modelAccessOf(env);
  const agents = access.size > 0 ? modelAgentsOf(config.agents) : [];
  const model = new ModelExecutor({ agents, access, shell, settings: config.models, fetch: config.fetch });
  const all = new Map<string, Executor>([
    ['shell', shell],
    ['echo', new EchoExecutor()],
    ...agents.map(({ id }) => [id, model] as const),
  ]);
  return new Map([...all].filter(([agent]) => config.agents.includes(agent)));
}

/** Starts the worker of this process: it knows the bus, and neither log nor database. */
export async function startWorker(
  config: Config,
  { bus, clock, logger }: Readonly<{ bus: Bus; clock: Clock; logger: Logger }>,
): Promise<Stop> {
  const worker = new Worker({
    controlPlane: new BusControlPlane(bus),
    workerId: config.worker.id,
    slots: config.worker.slots,
    labels: config.worker.labels,
    executors: executorsOf(config, process.env),
    workspace: config.workspace,
    clock,
    logger,
  });
  await worker.start();
  return () => worker.stop({ drainMs: config.worker.drainMs });
}
