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
import { stopInOrder } from './stop-in-order.js';
import { ConfiguredTokens } from './token-directory.js';
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

/** The whole runtime in this process, for this user, without a network. */
export async function openLocalRuntime(options: LocalRuntimeOptions = {}): Promise<RuntimeInterface> {
  const config = localConfig(options);
  const logger = new PinoLogger(config.logLevel);
  const inMemory = options.dataDir === undefined;
  const infra = await openInfrastructure({ config, logger, inMemory, onProgress: options.onProgress });
  const app = await createApp(infra, new ConfiguredTokens(new Map()));
  const projector = await startProjector(app, infra);
  const worker = await startWorker(config, infra);
  const live = await infra.liveUpdates.start();
  const { close } = stopInOrder([worker, projector, () => app.close(), live, infra.close]);
  return new GateRuntime({ gate: app.get(Gate, { strict: false }), actor: localActor(), onClose: close });
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
