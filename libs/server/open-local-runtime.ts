import 'reflect-metadata';
import { Gate } from '#access';
import type { RuntimeInterface } from '#contract';
import { PinoLogger, loadConfig } from '#platform';
import type { Config, ConfigFile } from '#platform';
import { GateRuntime } from '#transports/local';
import { localActor } from './local-actor.js';
import { openInfrastructure } from './open-infrastructure.js';
import { startProjector } from './projector.role.js';
import { createApp } from './serve.app.js';
import { afterStopping, stopInOrder } from './stop-in-order.js';
import { startWorker } from './worker-role.js';

export type LocalRuntimeOptions = Readonly<{
  /** The folder tasks work in. @default the current one */
  workspace?: string | undefined;
  /** Where tasks are kept. @default nothing is kept */
  dataDir?: string | undefined;
  /** What else would be in runtime.yaml. */
  config?: Readonly<Record<string, unknown>> | undefined;
  onProgress?: ((message: string) => void) | undefined;
}>;

/**
 * The whole runtime in this process, for this user, without a network. Closing it waits for no task: what runs is ended,
 * and tried again when the data folder is opened next.
 */
export async function openLocalRuntime(options: LocalRuntimeOptions = {}): Promise<RuntimeInterface> {
  const config = localConfig(options);
  const logger = new PinoLogger(config.logLevel);
  const inMemory = options.dataDir === undefined;
  const { onProgress } = options;
  const infra = await openInfrastructure({ config, logger, inMemory, onProgress, hasWorker: true });
  const stops = [infra.close];
  try {
    const app = await createApp(infra);
    stops.unshift(() => app.close());
    stops.unshift(await infra.liveUpdates.start());
    stops.unshift(await startProjector(app, infra));
    stops.unshift(await startWorker({ ...config, worker: { ...config.worker, drainMs: 0 } }, infra));
    const gate = app.get(Gate, { strict: false });
    return new GateRuntime({ gate, actor: localActor(), onClose: stopInOrder(stops).close });
  } catch (error) {
    throw await afterStopping(stops, error);
  }
}

function localConfig({ workspace, dataDir, config = {} }: LocalRuntimeOptions): Config {
  const flags = {
    ...config,
    mode: 'local-only',
    ...(dataDir === undefined ? {} : { dataDir }),
  } as ConfigFile;
  const loaded = loadConfig({ cwd: workspace, flags });
  return workspace === undefined ? loaded : { ...loaded, workspace };
}
