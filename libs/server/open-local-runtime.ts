import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gate } from '#access';
import type { RuntimeInterface, Stop } from '#contract';
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
  /** Where lines of the log go. @default stderr */
  logTo?: Readonly<{ write(line: string): void }> | undefined;
}>;

/**
 * The whole runtime in this process, for this user, without a network. Closing it waits for no task: what runs is ended,
 * and tried again when the data folder is opened next.
 */
export async function openLocalRuntime(options: LocalRuntimeOptions = {}): Promise<RuntimeInterface> {
  const inMemory = options.dataDir === undefined;
  const kept = localConfig(options);
  const { config, forget } = inMemory ? await keepingNothing(kept) : { config: kept, forget: async () => {} };
  const logger = new PinoLogger(config.logLevel, options.logTo);
  const { onProgress } = options;
  const infra = await openInfrastructure({ config, logger, inMemory, onProgress, hasWorker: true });
  const stops = [forget, infra.close];
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

/** Files that go with the runtime: two runtimes that keep nothing share nothing. */
async function keepingNothing(config: Config): Promise<Readonly<{ config: Config; forget: Stop }>> {
  const folder = await mkdtemp(join(tmpdir(), 'coderclaw-'));
  return {
    config: {
      ...config,
      artifacts: { ...config.artifacts, dir: join(folder, 'artifacts') },
      worker: { ...config.worker, workRoot: join(folder, 'work') },
    },
    forget: () => rm(folder, { recursive: true, force: true }),
  };
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
