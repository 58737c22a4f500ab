import 'reflect-metadata';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstAdmin, Policies, WaysIn, shutDoor } from '#access';
import { DEFAULT_TENANT, SystemClock } from '#contract';
import type { Logger, RuntimeMode, Stop } from '#contract';
import { MeshError } from '#errors';
import { PinoLogger, loadConfig } from '#platform';
import type { Config } from '#platform';
import { configureHttp, httpAdapter, listenHttp } from '#transports/http';
import { MeshModule } from './mesh.module.js';
import { connectBroker } from './connect-broker.js';
import { openInfrastructure } from './open-infrastructure.js';
import type { Infrastructure } from './infrastructure.js';
import { startProjector } from './projector.role.js';
import { rolesOf } from './roles.js';
import type { Role } from './roles.js';
import { afterStopping, stopInOrder } from './stop-in-order.js';
import { tokenFileOf } from './token-file.js';
import { checkWayIn } from './way-in.js';
import { startWorker } from './worker-role.js';

export type ServeOptions = Readonly<{
  mode?: RuntimeMode | undefined;
  /** @default all of them */
  roles?: readonly Role[] | undefined;
  port?: number | undefined;
  dataDir?: string | undefined;
  /** The folder the server is started for. @default the current one */
  workspace?: string | undefined;
  /** Keep nothing: the data folder then holds the socket and the token alone. Local-only. @default false */
  inMemory?: boolean | undefined;
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

/** What is started last is stopped first: the worker drains while everything it needs is there. */
async function startAll(
  config: Config,
  roles: ReadonlySet<Role>,
  logger: Logger,
  { inMemory, onProgress }: ServeOptions,
): Promise<Started> {
  const [signsIn, hasWorker] = [roles.has('api'), roles.has('worker')];
  const infra = await openInfrastructure({ config, logger, inMemory, onProgress, signsIn, hasWorker });
  const stops: Stop[] = [infra.close];
  try {
    const app = await createApp(infra);
    if (roles.has('api')) await checkPeople(app, infra);
    if (roles.has('api')) stops.unshift(await infra.liveUpdates.start());
    const http = await listen(app, config, roles);
    stops.unshift(http.close);
    if (roles.has('projector')) stops.unshift(await startProjector(app, infra));
    if (hasWorker) stops.unshift(await startWorker(config, infra));
    return { stops, listening: http.listening };
  } catch (error) {
    throw await afterStopping(stops, error);
  }
}

/** A worker alone speaks to the broker only: neither database nor HTTP. */
async function startWorkerAlone(config: Config, logger: Logger): Promise<Started> {
  const { bus } = await connectBroker(config, logger, `_INBOX_${config.worker.id}`);
  const stops: Stop[] = [() => bus.close()];
  try {
    stops.unshift(await startWorker(config, { bus, clock: new SystemClock(), logger }));
    return { stops, listening: {} };
  } catch (error) {
    throw await afterStopping(stops, error);
  }
}

export async function createApp(infra: Infrastructure): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(MeshModule.of(infra), httpAdapter(), {
    logger: false,
    abortOnError: false,
  });
  configureHttp(app);
  await app.init();
  return app;
}

async function checkPeople(app: NestFastifyApplication, { config, logger }: Infrastructure): Promise<void> {
  const [firstAdmin, policies, ways] = [app.get(FirstAdmin), app.get(Policies), app.get(WaysIn)];
  try {
    await checkWayIn(config, logger, {
      isPrepared: () => firstAdmin.isPrepared(),
      shutDoor: async () => shutDoor(await policies.of(DEFAULT_TENANT), DEFAULT_TENANT, ways),
    });
  } catch (error) {
    throw await afterStopping([() => app.close()], error);
  }
}

async function listen(
  app: NestFastifyApplication,
  { http, mode, dataDir }: Config,
  roles: ReadonlySet<Role>,
) {
  if (!roles.has('api') || !http.enabled) return { close: () => app.close(), listening: {} };
  const socketPath = mode === 'local-only' ? join(dataDir, 'coderclaw.sock') : undefined;
  const { url, close } = await listenHttp(app, { host: http.host, port: http.port, socketPath }).catch(
    (error: unknown) => Promise.reject(portTaken(error, http)),
  );
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

/** Says what to do about the commonest reason not to start. */
function portTaken(error: unknown, { host, port }: Config['http']): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  const hint = 'stop what listens there, or choose another with --port (0 takes a free one)';
  return new MeshError(
    'unavailable',
    `${host}:${port} is in use`,
    { field: 'http.port', hint },
    { cause: error },
  );
}
