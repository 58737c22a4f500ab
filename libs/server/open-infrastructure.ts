import { identityMigrations } from '#access';
import type { ArtifactStore } from '#artifacts';
import { BusWorkerLink, SystemClock, WakeUps } from '#contract';
import type { Bus, Feed, Logger, Stop } from '#contract';
import { MeshError, isMeshError, messageOf } from '#errors';
import { PostgresEventStore, PostgresLeadership, eventStoreMigrations, openDatabase } from '#event-store';
import type { Database, EventStore, Leadership } from '#event-store';
import { HOW_TO_CONFIGURE, modelAccessOf } from '#execution';
import type { Config } from '#platform';
import { readModelEntities, readModelMigrations } from '#read-models';
import { AgentRegistry } from '#registry';
import { CreateSchedule1764100008000 } from '#scheduling';
import {
  InProcessBus,
  JetStreamFeed,
  JetStreamPublicStream,
  LiveUpdates,
  LogTailFeed,
  PostgresRelayCheckpoint,
  Relay,
  RelayCheckpoint1763800000000,
} from '#streaming';
import { artifactFiles, artifactsOf } from './artifact-stores.js';
import { connectBroker } from './connect-broker.js';
import { makeDataFolder } from './data-folder.js';
import type { Infrastructure } from './infrastructure.js';
import { missingSetting } from './missing-setting.js';
import { SoleLeadership } from './sole-leadership.js';

export type OpenOptions = Readonly<{
  config: Config;
  logger: Logger;
  /** Keep nothing on disk. Local-only. */
  inMemory?: boolean | undefined;
  /** Whether people sign in to this process, and its settings must let them. @default true */
  signsIn?: boolean | undefined;
  onProgress?: ((message: string) => void) | undefined;
  /** Whether the worker is in this process: then it is known which agents can run. @default false */
  hasWorker?: boolean | undefined;
}>;

/** What differs by mode: how processes talk, and who reads what is committed. */
type Wiring = Readonly<{
  bus: Bus;
  artifacts: ArtifactStore;
  leadership: (database: Database) => Leadership;
  feed: (store: EventStore, wakeUps: WakeUps) => Feed;
  relay: (store: EventStore, wakeUps: WakeUps, database: Database) => () => Promise<Stop>;
}>;

/** Opens the database and the bus, and puts the adapters on them. Closes what it opened when something fails. */
export async function openInfrastructure(options: OpenOptions): Promise<Infrastructure> {
  const { config, inMemory = false } = options;
  if (!inMemory) makeDataFolder(config.dataDir);
  const database = await openDatabaseOf(options);
  try {
    const wiring = config.mode === 'local-only' ? await inProcess(config) : await onBroker(options);
    return assemble(options, database, wiring);
  } catch (error) {
    await database.close();
    throw error;
  }
}

function assemble(options: OpenOptions, database: Database, wiring: Wiring): Infrastructure {
  const { config, logger, signsIn = true } = options;
  const { artifacts, bus } = wiring;
  const store = new PostgresEventStore(database);
  const wakeUps = new WakeUps(bus);
  store.onCommitted(({ queueChanged }) => {
    wakeUps.signal('log');
    if (queueChanged) wakeUps.signal('queue');
  });
  const feed = wiring.feed(store, wakeUps);
  const liveUpdates = new LiveUpdates(store, feed, { logger });
  return {
    config,
    database,
    store,
    bus,
    artifacts,
    feed,
    wakeUps,
    liveUpdates,
    logger,
    signsIn,
    link: new BusWorkerLink(bus),
    leadership: wiring.leadership(database),
    agents: agentsOf(options),
    clock: new SystemClock(),
    startRelay: wiring.relay(store, wakeUps, database),
    close: async () => {
      await bus.close();
      await database.close();
    },
  };
}

/** Workers elsewhere may have what this process has not: what they cannot run waits for one that can. */
function agentsOf({ config, hasWorker = false }: OpenOptions): AgentRegistry {
  const cannot = hasWorker && modelAccessOf(process.env).size === 0;
  const noModels = cannot ? HOW_TO_CONFIGURE : undefined;
  const { agents, customAgents: custom, defaultAgent, mcpServers } = config;
  return new AgentRegistry({ agents, custom, defaultAgent, noModels, mcpServers });
}

/** The database of a configuration, with all its tables. */
export function openDatabaseOf({
  config,
  inMemory,
  onProgress,
}: Omit<OpenOptions, 'logger' | 'signsIn'>): Promise<Database> {
  const schema = {
    migrations: [
      ...eventStoreMigrations,
      ...readModelMigrations,
      ...identityMigrations,
      RelayCheckpoint1763800000000,
      CreateSchedule1764100008000,
    ],
    entities: readModelEntities,
    maxConnections: config.database.poolSize,
    ...(onProgress ? { onProgress } : {}),
  };
  if (config.mode === 'local-only') {
    return openDatabase({ ...schema, at: { kind: 'pglite', dataDir: inMemory ? 'memory' : config.dataDir } });
  }
  const { url } = config.database;
  if (!url)
    throw missingSetting('database.url', 'CODERCLAW_DATABASE_URL', 'postgres://user@host:5432/coderclaw');
  return openDatabase({ ...schema, at: { kind: 'postgres', url } }).catch((error: unknown) =>
    Promise.reject(unreachable(error)),
  );
}

const inProcess = async (config: Config): Promise<Wiring> => ({
  bus: new InProcessBus(),
  artifacts: await artifactFiles(config),
  leadership: () => new SoleLeadership(),
  feed: (store, wakeUps) => new LogTailFeed(store, wakeUps),
  relay: () => () => Promise.resolve(() => Promise.resolve()),
});

async function onBroker({ config, logger }: OpenOptions): Promise<Wiring> {
  const { bus, connection } = await connectBroker(config, logger);
  const { stream: name, replicas } = config.nats;
  const stream = { stream: name, replicas };
  return {
    bus,
    artifacts: await artifactsOf(config, connection),
    leadership: (database) => new PostgresLeadership(database.pool),
    feed: (store) => new JetStreamFeed(connection, store, { stream: name, logger }),
    relay:
      (log, wakeUps, { pool }) =>
      () => {
        const publicStream = new JetStreamPublicStream(connection, stream);
        const checkpoint = new PostgresRelayCheckpoint(pool);
        return new Relay({ log, stream: publicStream, checkpoint, wakeUps, logger }).start();
      },
  };
}

/** Says what to do; the driver's own words name no password. */
function unreachable(error: unknown): unknown {
  if (isMeshError(error)) return error;
  const hint = 'see `coderclaw doctor`; database.url is in .coderClaw/runtime.yaml or CODERCLAW_DATABASE_URL';
  const message = `the database cannot be opened: ${messageOf(error)}`;
  return new MeshError(
    'unavailable',
    message,
    { field: 'database.url', hint, retryAfterSeconds: 5 },
    { cause: error },
  );
}
