import 'reflect-metadata';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SystemClock } from '#contract';
import type { Logger, RuntimeMode, Stop } from '#contract';
import { PinoLogger, loadConfig } from '#platform';
import type { Config } from '#platform';
import { configureHttp, httpAdapter, listenHttp } from '#transports/http';
import { MeshModule } from './mesh.module.js';
import { connectBroker, openInfrastructure } from './open-infrastructure.js';
import type { Infrastructure } from './infrastructure.js';
import { startProjector } from './projector.role.js';
import { rolesOf } from './roles.js';
import type { Role } from './roles.js';
import { stopInOrder } from './stop-in-order.js';
import { tokenFileOf } from './token-file.js';
import { tokensOf } from './token-directory.js';
import { startWorker } from './worker-role.js';

export type ServeOptions = Readonly<{
  mode?: RuntimeMode | undefined;
  /** @default all of them */
  roles?: readonly Role[] | undefined;
  port?: number | undefined;
  dataDir?: string | undefined;
  /** The folder the server is started for. @default the current one */
  workspace?: string | undefined;
  onProgress?: ((message: string) => void) | undefined;
}>;

/** A server that serves. */
export type Serving = Readonly<{
  mode: RuntimeMode;
  roles: readonly Role[];
  url?: string;
  socket?: string;
  dataDir?: string;
  tokenFile?: string;
  /** Drains and stops. Safe to call twice. */
  close(): Promise<void>;
  /** Resolves when it has stopped. */
  closed: Promise<void>;
}>;

/**
 * Starts the roles of a process.
 *
 * @throws {MeshError} `invalid_request` for a configuration that cannot work, `unavailable` without its database
 */
export async function serve(options: ServeOptions = {}): Promise<Serving> {
  const config = configOf(options);
  const roles = rolesOf(config.mode, options.roles);
  const logger = new PinoLogger(config.logLevel);
  const needsDatabase = roles.has('api') || roles.has('projector');
  const started = needsDatabase
    ? await startAll(config, roles, logger, options)
    : await startWorkerAlone(config, logger);
  const stop = stopInOrder(started.stops);
  return {
    mode: config.mode,
    roles: [...roles],
    ...started.listening,
    ...(config.mode === 'local-only'
      ? { dataDir: config.dataDir, tokenFile: tokenFileOf(config.dataDir) }
      : {}),
    close: stop.close,
    closed: stop.closed,
  };
}

type Started = Readonly<{ stops: readonly Stop[]; listening: Readonly<{ url?: string; socket?: string }> }>;

/** Stops are called in this order: first the worker drains, while everything it needs is there; last the database. */
async function startAll(
  config: Config,
  roles: ReadonlySet<Role>,
  logger: Logger,
  { onProgress }: ServeOptions,
): Promise<Started> {
  const tokens = tokensOf(config);
  const infra = await openInfrastructure({ config, logger, onProgress });
  try {
    const app = await createApp(infra, tokens);
    const projector = roles.has('projector') ? await startProjector(app, infra) : null;
    const worker = roles.has('worker') ? await startWorker(config, infra) : null;
    const live = roles.has('api') ? await infra.liveUpdates.start() : null;
    const http = await listen(app, config, roles);
    const stops = [worker, projector, http.close, live, infra.close].filter((stop) => stop !== null);
    return { stops, listening: http.listening };
  } catch (error) {
    await infra.close();
    throw error;
  }
}

/** A worker alone speaks to the broker only: neither database nor HTTP. */
async function startWorkerAlone(config: Config, logger: Logger): Promise<Started> {
  const { bus } = connectBroker(config, logger, `_INBOX_${config.worker.id}`);
  const worker = await startWorker(config, { bus, clock: new SystemClock(), logger });
  return { stops: [worker, () => bus.close()], listening: {} };
}

export async function createApp(
  infra: Infrastructure,
  tokens: ReturnType<typeof tokensOf>,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(MeshModule.of(infra, tokens), httpAdapter(), {
    logger: false,
    abortOnError: false,
  });
  configureHttp(app);
  await app.init();
  return app;
}

async function listen(
  app: NestFastifyApplication,
  { http, mode, dataDir }: Config,
  roles: ReadonlySet<Role>,
) {
  if (!roles.has('api') || !http.enabled) return { close: () => app.close(), listening: {} };
  const socketPath = mode === 'local-only' ? join(dataDir, 'coderclaw.sock') : undefined;
  const { url, close } = await listenHttp(app, { host: http.host, port: http.port, socketPath });
  return { close, listening: { url, ...(socketPath === undefined ? {} : { socket: socketPath }) } };
}

function configOf({ mode, port, dataDir, workspace }: ServeOptions): Config {
  return loadConfig({
    cwd: workspace,
    flags: {
      ...(mode === undefined ? {} : { mode }),
      ...(port === undefined ? {} : { http: { port } }),
      ...(dataDir === undefined ? {} : { dataDir }),
    },
  });
}
